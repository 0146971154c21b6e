"""Pictures drawn anew, so that nothing of the camera or the telephone stays in them.

A camera writes place, time and serial number into its files. Only the picture itself
is kept: decoded, turned upright and written again.
"""

import io
import uuid
from pathlib import Path
from typing import Any, Final, Literal

from django.conf import settings
from django.utils.translation import gettext as _

from indicators.whole_files import whole_or_not_at_all

FOLDER: Final = "verifications"
MOST_BYTES: Final = 5_000_000
# A picture bomb unpacks to gigabytes; 50 megapixels are more than any telephone's.
MOST_PIXELS: Final = 50_000_000
_LONGEST_SIDE = 3_000

Format = Literal["JPEG", "PNG"]


class PhotoRefused(ValueError):
    """A file that is not a photo that can be kept; its text is for the reader."""


def redrawn(
    body: bytes, *, formats: tuple[Format, ...], into: Format = "JPEG"
) -> bytes:
    """Return a picture of one of the formats as another without anything else.

    At most 3,000 pixels a side.

    Raises:
        PhotoRefused: another format, damaged, or too large when unpacked.
    """
    # Only uploads need it: no page should load it.
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(body), formats=formats) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise PhotoRefused(_("La foto tiene demasiados píxeles."))
            is_clear = into == "PNG" and opened.has_transparency_data
            mode = "RGBA" if is_clear else "RGB"
            picture = ImageOps.exif_transpose(opened).convert(mode)
    except Image.DecompressionBombError as error:
        raise PhotoRefused(_("La foto tiene demasiados píxeles.")) from error
    except (OSError, SyntaxError, ValueError) as error:
        if isinstance(error, PhotoRefused):
            raise
        raise PhotoRefused(_("Elige una foto JPG o PNG que se pueda abrir.")) from error
    picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    # A new picture: what the file said of itself does not come along.
    fresh = Image.frombytes(mode, picture.size, picture.tobytes())
    out = io.BytesIO()
    fresh.save(out, into, quality=85)
    return out.getvalue()


def cleaned_photo(upload: Any) -> bytes:
    """Return an uploaded JPG or PNG as a JPG without anything but the picture.

    Raises:
        PhotoRefused: empty, above 5 MB, or as `redrawn`.
    """
    if not upload.size:
        raise PhotoRefused(_("El archivo está vacío."))
    if upload.size > MOST_BYTES:
        raise PhotoRefused(_("El archivo debe pesar menos de 5 MB."))
    return redrawn(upload.read(), formats=("JPEG", "PNG"))


def keep_photo(body: bytes) -> str:
    """Return where a cleaned photo was written, below MEDIA_ROOT, under a new name."""
    name = f"{FOLDER}/{uuid.uuid4()}.jpg"
    with whole_or_not_at_all(Path(settings.MEDIA_ROOT, name)) as part:
        part.write(body)
    return name
