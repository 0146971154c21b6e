"""System packages: which are missing, and their installation."""

import ctypes.util
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .places import Refused, run, say

# Debian 12's; docker-compose.yml names the same.
POSTGRES_MAJOR = "15"
REDIS_VERSION = "7.0"

POSTGRES_HOMES = Path("/usr/lib/postgresql")
CLUSTER_SETTINGS = Path("/etc/postgresql-common/createcluster.d")

# What WeasyPrint draws PDFs with, and the package of each; Dockerfile names the same.
PDF_LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
}
FONTS = "fonts-liberation"
FONT_HOME = Path("/usr/share/fonts")


def postgres_bin() -> Path | None:
    """Return the folder of PostgreSQL's programs that has PostGIS, newest first."""
    homes = sorted(
        (home for home in POSTGRES_HOMES.glob("*") if home.name.isdigit()),
        key=lambda home: (home.name == POSTGRES_MAJOR, int(home.name)),
        reverse=True,
    )
    for home in homes:
        extension = Path("/usr/share/postgresql", home.name, "extension")
        if (home / "bin" / "initdb").exists() and (
            extension / "postgis.control"
        ).exists():
            return home / "bin"
    return None


def redis_program() -> Path | None:
    """Return Redis' one program; redis-tools carries it without a service."""
    for name in ("redis-server", "redis-check-rdb"):
        if found := shutil.which(name):
            return Path(found)
    return None


def missing(*, database: bool, redis: bool, browser: bool) -> list[str]:
    """Return the Debian packages to install, none when all is there.

    Looks for the files, not for the packages: a PostgreSQL from elsewhere counts.
    `database` and `redis` are false when servers from the environment are used.
    """
    wanted: list[str] = []
    if database and postgres_bin() is None:
        wanted.append(f"postgresql-{POSTGRES_MAJOR}-postgis-3")
    elif not all(ctypes.util.find_library(name) for name in ("gdal", "geos_c")):
        wanted.append("gdal-bin")
    if redis and redis_program() is None:
        wanted.append("redis-tools")
    if shutil.which("msgfmt") is None:
        wanted.append("gettext")
    if importlib.util.find_spec("ensurepip") is None:
        wanted.append("python3-venv")
    wanted += [
        package
        for library, package in PDF_LIBRARIES.items()
        if ctypes.util.find_library(library) is None
    ]
    if not any(FONT_HOME.rglob("LiberationSans-Regular.*")):
        wanted.append(FONTS)
    if browser and shutil.which("chromium") is None:
        wanted.append("chromium")
    return wanted


def as_root() -> list[str]:
    """Return the words before a command that needs root.

    Raises:
        Refused: neither root nor sudo without a question nobody would answer.
    """
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        raise Refused("Neither root nor sudo: install the packages above by hand.")
    ask = ["sudo", "-v"] if sys.stdin.isatty() else ["sudo", "-n", "-v"]
    if subprocess.run(ask).returncode:
        raise Refused("sudo refused: install the packages above by hand.")
    return ["sudo"]


def install(names: list[str], *, prefix: list[str], logs: Path) -> None:
    """Install Debian packages without recommended ones and without new services."""
    try:
        run([*prefix, "apt-get", "update"], log=logs / "apt-update.log")
    except Refused as refused:
        # One dead source among several must not stop what the others offer.
        say(f"apt-get update had faults, going on:\n{refused}")
    names = [_offered(name) for name in names]
    command = ["apt-get", "install", "-y", "--no-install-recommends", *names]
    with _no_cluster_of_its_own(prefix):
        run(
            [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", *command],
            log=logs / "apt-install.log",
        )


def _offered(name: str) -> str:
    """The same package, or its newest sibling where Debian 12's is not offered."""
    pattern = re.compile(r"postgresql-(\d+)-postgis-3$")
    if not pattern.match(name):
        return name
    listing = subprocess.run(
        ["apt-cache", "pkgnames", "postgresql-"], capture_output=True, text=True
    ).stdout.split()
    versions = sorted(int(m[1]) for n in listing if (m := pattern.match(n)))
    if int(POSTGRES_MAJOR) in versions or not versions:
        return name
    return f"postgresql-{versions[-1]}-postgis-3"


@contextmanager
def _no_cluster_of_its_own(prefix: list[str]) -> Iterator[None]:
    """Keep Debian from creating and starting a cluster that nobody asked for."""
    if Path("/usr/bin/pg_createcluster").exists():
        yield
        return
    setting = CLUSTER_SETTINGS / "tocache.conf"
    write = 'mkdir -p "${1%/*}" && echo "create_main_cluster = false" >"$1"'
    subprocess.run([*prefix, "sh", "-c", write, "sh", str(setting)], check=True)
    try:
        yield
    finally:
        subprocess.run([*prefix, "rm", "-f", str(setting)], check=True)
