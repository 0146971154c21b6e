"""Where everything is, and the description of it all."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer2
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from indicators.api import serializers as shapes
from indicators.api.base import (
    PublicRead,
    PublicView,
)
from indicators.api.parameters import (
    read_parameters,
)


class Root(PublicView):
    """Where everything is."""

    serializer_class = shapes.RootSerializer
    is_scoped = False
    resource_names: tuple[str, ...] = ()

    def get(self, request: Request) -> Response:
        """Return the document."""
        return Response(
            {
                "title_es": "API de solo lectura",
                "title_en": "Read-only API",
                "licence": settings.DATA_LICENCE,
                "requests_per_minute": settings.API_RATE_PER_MINUTE,
                "resources": [
                    {"name": name, "url": reverse(f"api:{name}")}
                    for name in self.resource_names
                ],
            }
        )


class Schema(PublicRead):
    """The OpenAPI description of this API, itself not part of it."""

    renderer_classes = [OpenApiJsonRenderer2]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """Return the description."""
        read_parameters(request.query_params, ())
        generator: Any = SchemaGenerator()  # type: ignore[no-untyped-call]
        return Response(generator.get_schema(request=request, public=True))
