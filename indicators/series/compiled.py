"""Queries that are built and compiled once a process, then only run.

Measured on the home page: building and compiling its six queries took longer than
running them and making their rows.
"""

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet

Row = TypeVar("Row")


class CompiledQuery(Generic[Row]):
    """A query whose SQL is kept; parameters of its name take their place anew.

    ``build`` returns the queryset for stand-in parameters, each of them text; it
    runs once a thread, for a connection belongs to one. It must not depend on
    anything but its parameters.
    """

    def __init__(self, build: Callable[..., "QuerySet[Any, Row]"], *names: str) -> None:
        self._build = build
        self._stand_ins = {name: f"\x01{name}\x01" for name in names}
        self._kept = threading.local()

    def rows(self, **parameters: str) -> list[Row]:
        """Return the rows of the query, as the queryset would give them. One query."""
        if not hasattr(self._kept, "queryset"):
            self._compile()
        stood_in = {self._stand_ins[name]: text for name, text in parameters.items()}
        self._kept.current = tuple(
            stood_in.get(p, p) if isinstance(p, str) else p
            for p in self._kept.parameters
        )
        queryset = self._kept.queryset
        return list(queryset._iterable_class(queryset))

    def _compile(self) -> None:
        queryset = self._build(**self._stand_ins)
        compiler = queryset.query.get_compiler(using=DEFAULT_DB_ALIAS)
        sql, self._kept.parameters = compiler.as_sql()
        vars(compiler)["as_sql"] = lambda *_, **__: (sql, self._kept.current)
        vars(queryset.query)["get_compiler"] = lambda *_, **__: compiler
        self._kept.queryset = queryset


def only(rows: list[Row]) -> Row | None:
    """Return the first row, or None."""
    return rows[0] if rows else None
