"""The OpenAPI description: parameters and refusals come from the views' own tables."""

from typing import Any

from drf_spectacular.openapi import AutoSchema

from indicators.api.problems import ProblemSerializer


class PublicAutoSchema(AutoSchema):
    """Describes what every public view shares."""

    def get_override_parameters(self) -> list[Any]:
        """Return the query and path parameters the view declares."""
        return [
            *(parameter.openapi() for parameter in getattr(self.view, "allowed", ())),
            *getattr(self.view, "path_parameters", ()),
        ]

    def get_response_serializers(self) -> Any:
        """Return the view's answer beside the refusals every read can meet."""
        found: Any = super().get_response_serializers()
        if isinstance(found, dict):
            return found
        refusals = dict.fromkeys((400, 404, 429, 503), ProblemSerializer)
        return {200: found, **refusals}
