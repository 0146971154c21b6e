"""What every view of the API is made of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from indicators.api.parameters import (
    CODE,
    MAX_LIMIT,
    PAGING,
    Parameter,
    read_parameters,
)
from indicators.api.problems import Unknown
from indicators.models import PlanVersion
from territory.models import Jurisdiction


class OneFormat(BaseContentNegotiation):
    """Every reader gets JSON, whatever Accept says: there is nothing else."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """Return the only renderer."""
        only = next(iter(renderers))
        return only, only.media_type or ""


class PublicRead(APIView):
    """A view that only reads; the outer layer (edge) stands before it."""

    http_method_names = ["get", "head", "options"]
    content_negotiation_class = OneFormat


class LimitPagination(LimitOffsetPagination):
    """Pages by limit and offset; a limit above the largest is refused, not cut."""

    default_limit = 100
    max_limit = MAX_LIMIT

    def get_limit(self, request: Request) -> int | None:
        """Return the rows of a page, checked before by the view."""
        return int(request.query_params.get("limit", self.default_limit))

    def get_offset(self, request: Request) -> int:
        """Return the rows to skip, checked before by the view."""
        return int(request.query_params.get("offset", 0))

    def get_next_link(self) -> str | None:
        """Return the address of the next page without host: bodies are shared."""
        return _without_host(super().get_next_link())

    def get_previous_link(self) -> str | None:
        """Return the address of the page before without host."""
        return _without_host(super().get_previous_link())

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the schema of a page."""
        link = {"type": "string", "nullable": True, "format": "uri-reference"}
        return {
            "type": "object",
            "required": ["count", "next", "previous", "results"],
            "properties": {
                "count": {"type": "integer", "minimum": 0},
                "next": link,
                "previous": link,
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Return nothing: the view's own table has limit and offset."""
        return []


def _without_host(address: str | None) -> str | None:
    return None if address is None else "/" + address.split("/", 3)[3]


@dataclass(frozen=True)
class Scope:
    """Whose plan is read; ids are None where there is none."""

    jurisdiction_id: int | None
    plan_version_id: int | None


JURISDICTION = Parameter(
    "jurisdiction",
    "Code of the jurisdiction; the site's own if not given.",
    pattern=CODE,
    known=lambda code: Jurisdiction.objects.filter(code=code).exists(),
)


class PublicView(PublicRead, GenericAPIView[Any]):
    """A resource: its rows, its parameters."""

    parameters: tuple[Parameter, ...] = ()
    path_parameters: tuple[OpenApiParameter, ...] = ()
    is_scoped = True
    pagination_class: Any = LimitPagination
    given: Mapping[str, str | int | bool] = {}

    @property
    def allowed(self) -> tuple[Parameter, ...]:
        """Return every query parameter of this view."""
        return (JURISDICTION, *self.parameters) if self.is_scoped else self.parameters

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a request with a wrong parameter before anything is read."""
        super().initial(request, *args, **kwargs)
        self.given = read_parameters(request.query_params, self.allowed)

    @cached_property
    def scope(self) -> Scope:
        """Return whose plan this request reads."""
        # The description of the API asks the views for their rows, too.
        if getattr(self, "swagger_fake_view", False):
            return Scope(None, None)
        code = self.given.get("jurisdiction")
        wanted = {"code": code} if code else {"is_home": True}
        jurisdiction_id = (
            Jurisdiction.objects.filter(**wanted).values_list("pk", flat=True).first()
        )
        if jurisdiction_id is None:
            return Scope(None, None)
        version_id = (
            PlanVersion.objects.filter(
                is_current=True, plan__jurisdiction_id=jurisdiction_id
            )
            .order_by("-pk")
            .values_list("pk", flat=True)
            .first()
        )
        return Scope(jurisdiction_id, version_id)

    def rows(self) -> QuerySet[Any, Any]:
        """Return the rows of the scope, in a total order."""
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[Any, Any]:
        """Return the rows that meet the given parameters."""
        rows = self.rows()
        for parameter in self.allowed:
            if parameter.lookup and parameter.name in self.given:
                rows = rows.filter(**{parameter.lookup: self.given[parameter.name]})
        return rows


class PublicList(PublicView, ListAPIView[Any]):
    """A list in pages."""

    @property
    def allowed(self) -> tuple[Parameter, ...]:
        """Return every query parameter of this list."""
        return (*super().allowed, *PAGING)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one page of the rows."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.items(page or []))

    def items(self, page: Sequence[Any]) -> Any:
        """Return the JSON rows of a page."""
        return self.get_serializer(page, many=True).data


class PublicItem(PublicView, RetrieveAPIView[Any]):
    """One row by its natural key, which is the only part of its address."""

    key = "code"
    key_pattern = CODE

    @property
    def path_parameters(self) -> tuple[OpenApiParameter, ...]:  # type: ignore[override]
        """Return the key as the schema describes it."""
        schema = {"type": "string", "pattern": f"^{self.key_pattern}$"}
        return (OpenApiParameter(self.key, schema, OpenApiParameter.PATH),)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the row."""
        return Response(self.get_serializer(self.get_object()).data)

    def get_object(self) -> Any:
        """Return the row of the address.

        Raises:
            Unknown: there is no such row in the scope.
        """
        value = self.kwargs[self.key]
        row = self.get_queryset().filter(**{self.key: value}).first()
        if row is None:
            raise Unknown(f"No existe «{value}» aquí.", f"“{value}” does not exist.")
        return row
