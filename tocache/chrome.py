"""What every page's frame shows: whose site it is, and the other language."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import mark_safe

from indicators.language import page_language
from indicators.series import Lang, home_site
from indicators.series.records import Site
from tocache.cache import redis_is_away

# Our own file; the policy lets in exactly this text.
_STYLE = mark_safe(settings.SITE_STYLE)

_PLACES = {
    "home": "home",
    "indicators": "indicators:indicator-list",
    "alerts": "indicators:alert-list",
    "map": "indicators:alert-map",
    "sources": "indicators:source-list",
    "method": "indicators:method-detail",
    "glossary": "glossary",
    "accessibility": "accessibility",
    "privacy": "privacy",
    "sign_in": "account_login",
    "state": "state",
}


@lru_cache(maxsize=2)
def addresses(lang: Lang) -> dict[str, str]:
    """Return the addresses of the frame's links in the active language."""
    return {place: reverse(name) for place, name in _PLACES.items()}


def _site(request: HttpRequest, lang: Lang) -> Site:
    version = getattr(request, "data_version", None)
    return home_site(lang) if version is None else _kept_site(version, lang)


@lru_cache(maxsize=4)
def _kept_site(_version: str, lang: Lang) -> Site:
    # The frame of every page: it differs by the version of the data alone.
    return home_site(lang)


def forget_sites() -> None:
    """Let the next page read its frame anew."""
    _kept_site.cache_clear()


def site(request: HttpRequest) -> dict[str, Any]:
    """Return ``site`` (read when a template first shows it) and the language links."""
    lang = page_language()
    path = request.path
    spanish = path.removeprefix("/en") or "/" if lang == "en" else path
    query = request.META.get("QUERY_STRING", "")
    return {
        "site": SimpleLazyObject(lambda: _site(request, lang)),
        "lang": lang,
        "style": _STYLE,
        "go": addresses(lang),
        "spanish_path": spanish,
        "english_path": f"/en{spanish}",
        "site_url": settings.SITE_URL,
        # Called by the template, and by that for staff alone.
        "redis_is_away": redis_is_away,
        "switch_query": f"?{query}" if query else "",
    }
