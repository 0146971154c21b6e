"""The content security policy, written once for answers that do not change it."""

from typing import Any, Final

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# What the decorators of django-csp leave on an answer of their own.
_CHANGES: Final = tuple(
    f"_csp_{what}{report}"
    for what in ("config", "update", "replace", "exempt")
    for report in ("", "_ro")
)


class PolicyMiddleware(CSPMiddleware):
    """Set the policy of the settings; django-csp builds it anew for every answer.

    That was a tenth of a kept page's time. An answer with a nonce or a change of its
    own goes through django-csp as ever.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._policy = build_policy()

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Return the response with its policy."""
        if HEADER in response:
            return response
        is_plain = getattr(request, "_csp_nonce", None) is None
        if is_plain and not any(hasattr(response, name) for name in _CHANGES):
            response[HEADER] = self._policy
            return response
        return super().process_response(request, response)
