"""What the API says when it cannot answer: one shape, in both languages."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response

TEXTS = {
    "not_found": ("No existe.", "It does not exist."),
    "method_not_allowed": (
        "Esta API es solo de lectura: GET, HEAD u OPTIONS.",
        "This API is read-only: GET, HEAD or OPTIONS.",
    ),
    "throttled": (
        "Demasiadas consultas desde tu dirección. Espera los segundos de Retry-After.",
        "Too many requests from your address. Wait the seconds of Retry-After.",
    ),
    "unavailable": (
        "La base de datos no responde. Vuelve a intentar en un momento.",
        "The database does not answer. Try again in a moment.",
    ),
}


class BadParameter(exceptions.APIException):
    """A filter the API does not know, or a value it cannot take."""

    status_code = status.HTTP_400_BAD_REQUEST

    def __init__(self, parameter: str, detail_es: str, detail_en: str) -> None:
        super().__init__(detail_es)
        self.parameter = parameter
        self.detail_en = detail_en


class Unknown(exceptions.NotFound):
    """A resource that does not exist, said with what was looked for."""

    def __init__(self, detail_es: str, detail_en: str) -> None:
        super().__init__(detail_es)
        self.detail_en = detail_en


class ProblemSerializer(serializers.Serializer[dict[str, Any]]):
    """The body of every answer that is not 200 or 304."""

    code = serializers.ChoiceField(
        choices=["bad_parameter", *TEXTS], help_text="Stable; meant for programs."
    )
    parameter = serializers.CharField(
        allow_null=True, help_text="The query parameter at fault, if one is."
    )
    detail_es = serializers.CharField()
    detail_en = serializers.CharField()


def problem(
    code: str,
    *,
    parameter: str | None = None,
    detail_es: str = "",
    detail_en: str = "",
) -> dict[str, str | None]:
    """Return the body of a refusal; texts default to those of its code."""
    text_es, text_en = TEXTS.get(code, ("", ""))
    return {
        "code": code,
        "parameter": parameter,
        "detail_es": detail_es or text_es,
        "detail_en": detail_en or text_en,
    }


def problem_response(code: str, *, http_status: int) -> HttpResponse:
    """Return a refusal made outside the framework's views."""
    return JsonResponse(problem(code), status=http_status)


def not_found(request: HttpRequest) -> HttpResponse:
    """Return the 404 of an address below /api/ that is no resource."""
    return problem_response("not_found", http_status=404)


def exception_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the refusal for an exception of a view, None if it is a fault of ours."""
    if isinstance(error, BadParameter):
        return Response(
            problem(
                "bad_parameter",
                parameter=error.parameter,
                detail_es=str(error.detail),
                detail_en=error.detail_en,
            ),
            status=error.status_code,
        )
    if isinstance(error, Unknown):
        return Response(
            problem(
                "not_found", detail_es=str(error.detail), detail_en=error.detail_en
            ),
            status=404,
        )
    if isinstance(error, Http404 | exceptions.NotFound | PermissionDenied):
        return Response(problem("not_found"), status=404)
    if isinstance(error, exceptions.MethodNotAllowed):
        return Response(problem("method_not_allowed"), status=405)
    return None
