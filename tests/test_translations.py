"""Every Spanish text of the interface has its English one."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

CATALOGUE = Path("locale/en/LC_MESSAGES/django.po")
ENTRY = re.compile(
    r'^msgid ((?:".*"\n)+)(?:msgid_plural (?:".*"\n)+)?((?:msgstr.*\n(?:".*"\n)*)+)',
    re.M,
)


def entries(text: str) -> dict[str, str]:
    """Return the translations of a catalogue by text; the header left out."""
    found = {}
    for match in ENTRY.finditer(text):
        message = "".join(re.findall(r'"(.*)"', match[1]))
        if message:
            found[message] = match[2]
    return found


def test_no_translation_is_empty_or_doubtful() -> None:
    text = Path(settings.BASE_DIR, CATALOGUE).read_text("utf-8")
    assert "#, fuzzy" not in text
    empty = [m for m, said in entries(text).items() if re.search(r'""\n(?!")', said)]
    assert empty == []
    assert len(entries(text)) > 100


@pytest.mark.slow
def test_the_catalogue_holds_every_text_of_the_code(tmp_path: Path) -> None:
    root = Path(settings.BASE_DIR)
    rooms = ("tocache", "territory", "indicators", "governance", "incentives")
    for room in (*rooms, "templates", "locale", "static"):
        shutil.copytree(
            root / room, tmp_path / room, ignore=shutil.ignore_patterns("*.mo")
        )
    shutil.copy(root / "manage.py", tmp_path)
    command = [sys.executable, "manage.py", "makemessages", "-l", "en"]
    subprocess.run(
        [*command, "--no-location", "--no-wrap", "-v", "0"],
        cwd=tmp_path,
        env=os.environ | {"TOCACHE_VAR": str(tmp_path / "var"), "DEMO": "1"},
        check=True,
    )
    collected = entries((tmp_path / CATALOGUE).read_text("utf-8"))
    shipped = entries((root / CATALOGUE).read_text("utf-8"))
    assert collected.keys() - shipped.keys() == set()
