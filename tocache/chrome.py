"""What every page's frame shows: whose site it is, and the other language."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from indicators.language import page_language
from indicators.series import home_site


def site(request: HttpRequest) -> dict[str, Any]:
    """Return ``site`` (read when a template first shows it) and the language links."""
    lang = page_language()
    path = request.path
    spanish = path.removeprefix("/en") or "/" if lang == "en" else path
    query = request.META.get("QUERY_STRING", "")
    return {
        "site": SimpleLazyObject(lambda: home_site(lang)),
        "lang": lang,
        "spanish_path": spanish,
        "english_path": f"/en{spanish}",
        "switch_query": f"?{query}" if query else "",
    }
