"""Databases of the benchmarks' own, made before and dropped after each run."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql

DEFAULT_URL = "postgis:///tocache"
_SUFFIX = "_bench"


def bench_url(url: str) -> str:
    """Return the address of the benchmarks' database beside the project's own.

    Raises:
        ValueError: the address names no database.
    """
    parts = urlsplit(url)
    name = parts.path.lstrip("/")
    if not name:
        raise ValueError("DATABASE_URL names no database")
    renamed = parts._replace(path=f"/{name}{_SUFFIX}")
    text = urlunsplit(renamed)
    # urlunsplit leaves the empty host of a socket address out.
    return re.sub(r"^(\w+):/(?!/)", r"\1:///", text)


@contextmanager
def own_database(*, like: str = "template1") -> Iterator[str]:
    """Point DATABASE_URL at a new copy of a database for as long as the block runs.

    Nobody may be connected to the one that is copied. A database left by a run that
    was killed is replaced. Yields its name.
    """
    before = os.environ.get("DATABASE_URL")
    url = bench_url(before or DEFAULT_URL)
    name = urlsplit(url).path.lstrip("/")
    _run(url, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    _run(url, "CREATE DATABASE {} TEMPLATE {}", name, like)
    os.environ["DATABASE_URL"] = url
    try:
        yield name
    finally:
        _run(url, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        if before is None:
            del os.environ["DATABASE_URL"]
        else:
            os.environ["DATABASE_URL"] = before


def _run(url: str, statement: str, *names: str) -> None:
    parts = urlsplit(url)._replace(scheme="postgresql", path="/postgres")
    address = re.sub(r"^postgresql:/(?!/)", "postgresql:///", urlunsplit(parts))
    connection = psycopg2.connect(address)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            identifiers = [sql.Identifier(name) for name in names]
            cursor.execute(sql.SQL(statement).format(*identifiers))
    finally:
        connection.close()
