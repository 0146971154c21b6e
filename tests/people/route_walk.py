"""Every route the site has, by the names the permission matrix uses."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver


def route_names() -> list[str]:
    """The name of every route, "namespace:name"; its pattern when it has none."""
    return sorted(set(_walk(get_resolver().url_patterns, "", "")))


def _walk(
    patterns: list[URLPattern | URLResolver], namespace: str, above: str
) -> Iterator[str]:
    for entry in patterns:
        route = above + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry.url_patterns, inner, route)
        elif entry.name:
            yield f"{namespace}{entry.name}"
        else:
            yield route
