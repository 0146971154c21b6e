"""Where files of evidence lie, and the name under which they are handed out."""

import hashlib
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.text import slugify

from indicators.whole_files import whole_or_not_at_all

FOLDER: Final = "evidence"
_LONGEST_NAME: Final = 60


@dataclass(frozen=True)
class CleanFile:
    """Bytes that may be kept, the ending their name gets, and of what was sent."""

    body: bytes
    ending: str
    original_sha256: str

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of what is kept."""
        return hashlib.sha256(self.body).hexdigest()


def keep_file(file: CleanFile) -> str:
    """Return where a file was written, below MEDIA_ROOT, under a new name.

    Raises:
        OSError: the disk did not take it; nothing is left.
    """
    name = f"{FOLDER}/{uuid.uuid4()}.{file.ending}"
    with whole_or_not_at_all(Path(settings.MEDIA_ROOT, name)) as part:
        part.write(file.body)
    return name


def ending_of(path: str) -> str:
    """Return the ending of a kept file's name, such as "pdf"."""
    return path.rpartition(".")[2]


def download_name(*, code: str, year: int, title: str, path: str) -> str:
    """Return a name in plain letters: indicator, year and the words of the title."""
    words = slugify(title)[:_LONGEST_NAME].strip("-") or "evidencia"
    return f"{slugify(code)}-{year}-{words}.{ending_of(path)}"
