"""Queries that are built once a process and planned once a connection, then only run.

Measured on the home page: building and compiling its six queries took longer than
running them and making their rows; so did PostgreSQL's planning of their joins
(9 ms against 2 ms); and model instances cost ten times what plain records do.
"""

import itertools
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Final, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import QuerySet
from django.db.models.query import ModelIterable

Row = TypeVar("Row")
_Maker = Callable[[Any], Any]
_numbers: Final = itertools.count(1)


class CompiledQuery(Generic[Row]):
    """A query whose SQL and plan are kept; parameters of its name take their place.

    ``build`` returns the queryset for stand-in parameters, each of them text; it
    runs once a thread, for a connection belongs to one. It must not depend on
    anything but its parameters. Preparing needs a session of PostgreSQL that stays
    the same while the connection is open: no pooler that lends it by transaction.
    """

    def __init__(self, build: Callable[..., "QuerySet[Any, Row]"], *names: str) -> None:
        self._build = build
        self._stand_ins = {name: f"\x01{name}\x01" for name in names}
        self._kept = threading.local()

    def rows(self, **parameters: str) -> list[Row]:
        """Return the rows of the query. One query, and PREPARE once a connection.

        They read like the queryset's own, with the same attributes and ``None`` for
        a related row that is missing, but a model's methods and the fields it did
        not select are not there: nothing on a page can ask the database again.
        """
        if not hasattr(self._kept, "queryset"):
            self._compile()
        self._prepare()
        self._kept.current = tuple(parameters[name] for name in self._kept.order)
        queryset = self._kept.queryset
        if self._kept.maker is None:
            return list(queryset._iterable_class(queryset))
        compiler = queryset.query.get_compiler()
        found = compiler.execute_sql(chunked_fetch=False)
        return [self._kept.maker(row) for row in compiler.results_iter(found)]

    def _compile(self) -> None:
        kept = self._kept
        queryset = self._build(**self._stand_ins)
        compiler = queryset.query.get_compiler(using=DEFAULT_DB_ALIAS)
        kept.sql, kept.parameters = compiler.as_sql()
        names = {text: name for name, text in self._stand_ins.items()}
        taken = [names[p] for p in kept.parameters if p in names]
        kept.order = tuple(dict.fromkeys(taken))
        kept.name = f"page_{next(_numbers)}"
        places = ", ".join(["%s"] * len(kept.order))
        run = f"EXECUTE {kept.name} ({places})" if places else f"EXECUTE {kept.name}"
        kept.connection = None
        kept.maker = None
        if queryset._iterable_class is ModelIterable:
            kept.maker = _maker(compiler)
        vars(compiler)["as_sql"] = lambda *_, **__: (run, kept.current)
        vars(queryset.query)["get_compiler"] = lambda *_, **__: compiler
        kept.queryset = queryset

    def _prepare(self) -> None:
        kept = self._kept
        with connection.cursor() as cursor:
            if kept.connection is connection.connection:
                return
            marks = {self._stand_ins[n]: i for i, n in enumerate(kept.order, start=1)}
            fixed = tuple(_Mark(marks[p]) if p in marks else p for p in kept.parameters)
            # Django's own cursor counts queries; this is none.
            with connection.wrap_database_errors:
                cursor.cursor.execute(f"PREPARE {kept.name} AS {kept.sql}", fixed)
            kept.connection = connection.connection


class _Mark:
    """The place of a parameter in a prepared statement, written as it is."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __conform__(self, _protocol: object) -> "_Mark":
        return self

    def getquoted(self) -> bytes:
        return f"${self._number}".encode()


def _maker(compiler: Any) -> _Maker:
    """Return what makes a record of a row: its fields, annotations, related rows."""
    make = _record_maker(compiler.klass_info, compiler.select)
    extra = tuple(compiler.annotation_col_map.items())

    def record(row: Any) -> Any:
        made = make(row)
        for name, place in extra:
            setattr(made, name, row[place])
        return made

    return record


def _record_maker(info: Any, select: Any) -> _Maker:
    places = info["select_fields"]
    targets = [select[place][0].target for place in places]
    columns = [(t.attname, place) for t, place in zip(targets, places, strict=True)]
    key = next(p for p, t in zip(places, targets, strict=True) if t.primary_key)
    related = [
        (_name(inner), _record_maker(inner, select))
        for inner in info.get("related_klass_infos", ())
    ]

    def record(row: Any) -> Any:
        if row[key] is None:
            return None
        made = SimpleNamespace(**{name: row[place] for name, place in columns})
        for name, make in related:
            setattr(made, name, make(row))
        return made

    return record


def _name(info: Any) -> str:
    field = info["field"]
    name = field.remote_field.get_accessor_name() if info["reverse"] else field.name
    return str(name)


def only(rows: list[Row]) -> Row | None:
    """Return the first row, or None."""
    return rows[0] if rows else None
