"""Signing in: accounts are made by the administration, guessing is slowed down."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closed sign-up, and no counter that a stranger could use against a person."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: accounts are made in the admin."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Leave counting to axes, which counts person and address together.

        allauth counts by person alone: five wrong passwords from anywhere would lock
        the person out. Its counters also need Redis, and signing in must not.
        """


def client_address(request: HttpRequest) -> str | None:
    """Return the visitor's address as allauth sees it, for axes; None if unknown."""
    try:
        address: str = get_adapter(request).get_client_ip(request)
    except PermissionDenied:
        return None
    return address


def client_username(
    request: HttpRequest, credentials: dict[str, Any] | None = None
) -> str:
    """Return the name under which axes counts; "" if none was given.

    One counter for each person: allauth finds "rosa" by "ROSA" as well, by
    comparing upper cases, so every spelling of that kind counts as one.
    """
    name = (credentials or {}).get("username") or request.POST.get("login") or ""
    return str(name).strip().upper().casefold()


def locked_out(
    request: HttpRequest,
    original_response: HttpResponse | None = None,
    credentials: dict[str, Any] | None = None,
) -> HttpResponse:
    """Return the 429 page; the same whether or not the account exists."""
    return render(request, "account/locked_out.html", status=429)
