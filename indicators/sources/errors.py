"""What can go wrong with a source: a machine code and a sentence for a person."""

from indicators.sources.records import RowError

EXCERPT_CHARACTERS = 300


class SourceError(Exception):
    """A source could not be read; nothing may be changed because of it.

    `code` is stable and English, `reason_es` / `reason_en` are shown to people,
    `excerpt` is the beginning of the exact reply (keys removed), `status` the HTTP
    status or None when no answer came.
    """

    def __init__(
        self,
        code: str,
        reason_es: str,
        reason_en: str,
        *,
        excerpt: str = "",
        url: str = "",
        status: int | None = None,
    ) -> None:
        super().__init__(code, reason_es)
        self.code = code
        self.reason_es = reason_es
        self.reason_en = reason_en
        self.excerpt = excerpt[:EXCERPT_CHARACTERS]
        self.url = url
        self.status = status

    def __str__(self) -> str:
        return self.reason_es


class AddressRefused(SourceError):
    """The address itself is not allowed; no request was sent to it."""


class PassingFault(SourceError):
    """A fault that may be gone at the next try: time-outs, 429 and most 5xx.

    `retry_after_s` is the pause the server asked for, in seconds, or None.
    """

    retry_after_s: float | None = None


class RequestRefused(SourceError):
    """The source answered that the request is wrong or not allowed (4xx)."""


class TookTooLong(SourceError):
    """The source gave up on the size of the query; ask for a smaller window."""


class ContentRefused(SourceError):
    """The reply or file came, but is not what the source promises.

    `row_errors` lists every bad cell found; empty when the whole is unreadable.
    """

    def __init__(
        self,
        code: str,
        reason_es: str,
        reason_en: str,
        *,
        row_errors: tuple[RowError, ...] = (),
        excerpt: str = "",
    ) -> None:
        super().__init__(code, reason_es, reason_en, excerpt=excerpt)
        self.row_errors = row_errors


def rows_refused(row_errors: list[RowError]) -> ContentRefused:
    """Return the refusal of a whole file or reply for its bad cells."""
    count = len(row_errors)
    first = row_errors[0]
    return ContentRefused(
        "bad_rows",
        f"Se rechazó todo: {count} error(es). El primero: {first.sentence_es}",
        f"All of it was refused: {count} error(s). The first: {first.sentence_en}",
        row_errors=tuple(row_errors),
    )
