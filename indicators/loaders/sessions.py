"""Sessions to the sources, as this installation is configured."""

from django.conf import settings

from indicators.sources.registry import SourceSpec, open_session
from indicators.sources.session import Session


def source_key(spec: SourceSpec) -> str:
    """Return the configured key of a source; empty if it has none or needs none."""
    return str(getattr(settings, spec.key_env, "")) if spec.key_env else ""


def configured_session(spec: SourceSpec, *, base_url: str | None = None) -> Session:
    """Return a session to the source at its configured address, with its key.

    `base_url` is another address of the same source, such as an older service's.

    Raises:
        SourceError: the source needs a key and none is configured.
    """
    endpoints = []
    for endpoint in settings.SOURCE_PRIVATE_ENDPOINTS:
        host, _, port = endpoint.rpartition(":")
        endpoints.append((host, int(port)))
    return open_session(
        spec,
        api_key=source_key(spec),
        base_url=base_url
        or (getattr(settings, spec.url_env) if spec.url_env else None),
        more_hosts=frozenset(settings.GFW_DOWNLOAD_HOSTS)
        if spec.url_env == "GFW_URL"
        else frozenset(),
        endpoints=frozenset(endpoints),
    )
