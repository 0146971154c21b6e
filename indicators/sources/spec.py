"""What the project knows about one source; cheap to import."""

from dataclasses import dataclass

from indicators.sources.session import MAX_BODY_BYTES, READ_TIMEOUT_S


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """What the project knows about one source.

    `base_url` is "" for a source that only arrives as a file; `hosts` may be
    fetched from. `frequency_days` is how often the publisher releases,
    `expected_lag_days` how old the newest data usually are at release. `key_env`
    names the environment variable of the key, None when none is needed, and
    `key_header` the header that carries it. `break_years` are first years of a new
    method: no trend may be drawn across them. `is_key_in_path` says that the service
    takes its key as part of the address: it is then never kept or shown with it.
    `is_official` says that the Peruvian state publishes its figures as its own.
    """

    code: str
    name_es: str
    name_en: str
    publisher: str
    page_url: str
    base_url: str
    hosts: frozenset[str]
    licence: str
    citation: str
    frequency_days: int
    expected_lag_days: int
    cautions_es: tuple[str, ...]
    cautions_en: tuple[str, ...]
    key_env: str | None = None
    key_header: str = "x-api-key"
    url_env: str | None = None
    break_years: tuple[int, ...] = ()
    read_timeout_s: float = READ_TIMEOUT_S
    is_key_in_path: bool = False
    max_body_bytes: int = MAX_BODY_BYTES
    is_official: bool = False
