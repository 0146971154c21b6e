"""Which release is running, so that no page of an older one is served from a cache."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

_ROOMS = ("territory", "indicators", "governance", "incentives", "tocache")
_FOLDERS = (*_ROOMS, "templates", "static", "locale")
_KINDS = frozenset({".py", ".html", ".css", ".js", ".svg", ".mo", ".po"})


def release_id(base: Path, settings_that_show: Iterable[str] = ()) -> str:
    """Return 16 hexadecimal digits of the code, templates and texts that make a page.

    The same on every host that runs the same files. ``settings_that_show`` are
    environment values that change what a page says.
    """
    digest = hashlib.sha256()
    for folder in _FOLDERS:
        for file in sorted(Path(base, folder).rglob("*")):
            if file.suffix in _KINDS and file.is_file():
                digest.update(str(file.relative_to(base)).encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    for text in settings_that_show:
        digest.update(b"\0" + text.encode())
    return digest.hexdigest()[:16]
