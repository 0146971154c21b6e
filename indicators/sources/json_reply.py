"""Reads a JSON reply that may be anything but JSON."""

import json
from decimal import Decimal
from typing import Any

from indicators.sources.errors import ContentRefused

_BOM = b"\xef\xbb\xbf"


def parsed_json(body: bytes, content_type: str = "", *, exact: bool = False) -> Any:
    """Return the parsed reply; with `exact`, decimals as Decimal, not float.

    A UTF-8 byte order mark is accepted (the ministry's services send one). What the
    content type claims does not matter, except that HTML is never accepted.

    Raises:
        ContentRefused: empty, HTML whatever its type, cut short, not UTF-8, not
            JSON, or carrying NaN or Infinity. The excerpt shows the beginning.
    """
    excerpt = body[:300].decode("utf-8", "replace")
    text = body.removeprefix(_BOM).strip()
    if not text:
        raise ContentRefused(
            "empty", "La respuesta está vacía.", "The answer is empty."
        )
    if text.startswith(b"<") or content_type.partition(";")[0].strip() == "text/html":
        raise ContentRefused(
            "html",
            "La fuente envió una página web en lugar de datos.",
            "The source sent a web page instead of data.",
            excerpt=excerpt,
        )
    if not text.endswith((b"}", b"]")):
        raise ContentRefused(
            "cut_short",
            "La respuesta llegó cortada.",
            "The answer was cut short.",
            excerpt=excerpt,
        )
    try:
        return json.loads(
            text.decode("utf-8"),
            parse_float=Decimal if exact else None,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError) as error:
        raise ContentRefused(
            "not_json",
            "La respuesta no es JSON válido o llegó cortada.",
            "The answer is not valid JSON or was cut short.",
            excerpt=excerpt,
        ) from error


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number in JSON")
