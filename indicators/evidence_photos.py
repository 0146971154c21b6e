"""Photos of a visit, drawn anew so that nothing of the telephone stays in them.

A camera writes place, time and serial number into its files. Only the picture itself
is kept: decoded, turned upright and written again. A PDF cannot be cleaned that
surely and is refused.
"""

import io
import os
import uuid
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

FOLDER: Final = "verifications"
MOST_BYTES: Final = 5_000_000
# A picture bomb unpacks to gigabytes; 50 megapixels are more than any telephone's.
MOST_PIXELS: Final = 50_000_000
_LONGEST_SIDE = 3_000


class PhotoRefused(ValueError):
    """A file that is not a photo that can be kept; its text is for the reader."""


def cleaned_photo(upload: Any) -> bytes:
    """Return an uploaded JPG or PNG as a JPG without anything but the picture.

    At most 3,000 pixels a side.

    Raises:
        PhotoRefused: empty, above 5 MB, another format, damaged, or too large when
            unpacked.
    """
    # Only uploads need it: no page should load it.
    from PIL import Image, ImageOps

    if not upload.size:
        raise PhotoRefused(_("El archivo está vacío."))
    if upload.size > MOST_BYTES:
        raise PhotoRefused(_("El archivo debe pesar menos de 5 MB."))
    try:
        with Image.open(io.BytesIO(upload.read()), formats=("JPEG", "PNG")) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise PhotoRefused(_("La foto tiene demasiados píxeles."))
            picture = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, PhotoRefused):
            raise
        raise PhotoRefused(_("Elige una foto JPG o PNG que se pueda abrir.")) from error
    picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    # A new picture: what the file said of itself does not come along.
    fresh = Image.frombytes("RGB", picture.size, picture.tobytes())
    out = io.BytesIO()
    fresh.save(out, "JPEG", quality=85)
    return out.getvalue()


def keep_photo(body: bytes) -> str:
    """Return where a cleaned photo was written, below MEDIA_ROOT, under a new name."""
    name = f"{FOLDER}/{uuid.uuid4()}.jpg"
    path = Path(settings.MEDIA_ROOT, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part-photo")
    with part.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    return name
