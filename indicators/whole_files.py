"""Files that are kept are there whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Final

# Of names of unfinished files; the nightly sweep knows it.
UNFINISHED: Final = ".part-"


@contextmanager
def whole_or_not_at_all(path: Path) -> Iterator[IO[bytes]]:
    """Lend a file that gets its name when it is written to the disk, folders made.

    Raises:
        OSError: the disk did not take it; nothing is left.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=UNFINISHED, delete=False) as part:
        try:
            yield part
            part.flush()
            os.fsync(part.fileno())
            os.replace(part.name, path)
        # Whatever ends it, a worker told to stop as well: half a file must not stay.
        except BaseException:
            os.unlink(part.name)
            raise
