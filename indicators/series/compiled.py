"""Queries that are built once a process and planned once a connection, then only run.

Measured on the home page: building and compiling its six queries took longer than
running them and making their rows; so did PostgreSQL's planning of their joins
(9 ms against 2 ms); and model instances cost ten times what plain records do.
"""

import itertools
import threading
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import Any, Final, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import QuerySet
from django.db.models.query import ModelIterable, ValuesIterable

Row = TypeVar("Row")
_Maker = Callable[[Any], Any]
_numbers: Final = itertools.count(1)


class CompiledQuery(Generic[Row]):
    """A query whose SQL, plan and record shape are kept; parameters take their place.

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
        kept = self._kept
        if not hasattr(kept, "run"):
            self._compile()
        with connection.cursor() as cursor:
            self._prepare(cursor)
            cursor.execute(kept.run, [parameters[name] for name in kept.order])
            found = cursor.fetchall()
        return [kept.maker(row) for row in kept.converted(found)]

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
        kept.maker = _maker(compiler, queryset)
        kept.converted = _converter(compiler)
        kept.connection = None
        kept.run = f"EXECUTE {kept.name}" + (f" ({places})" if places else "")

    def _prepare(self, cursor: Any) -> None:
        kept = self._kept
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


def _converter(compiler: Any) -> Callable[[list[Any]], Iterable[Any]]:
    """Return what turns the driver's rows into the queryset's values."""
    columns = [expression for expression, *_ in compiler.select]
    converters = compiler.get_converters(columns)
    if not converters:
        return lambda rows: rows
    return lambda rows: compiler.apply_converters(rows, converters)


def _maker(compiler: Any, queryset: "QuerySet[Any, Any]") -> _Maker:
    """Return what makes of a row what the queryset would."""
    iterable = queryset._iterable_class
    if iterable is ValuesIterable:
        names = list(queryset.query.selected or ())
        return lambda row: dict(zip(names, row, strict=True))
    if iterable is not ModelIterable:
        raise TypeError(f"no compiled query of {iterable.__name__}")
    return _record_maker(
        compiler.klass_info, compiler.select, compiler.annotation_col_map
    )


def _record_maker(info: Any, select: Any, more: Mapping[str, int]) -> _Maker:
    """Return what makes a record: fields, annotations (``more``) and related rows."""
    places = info["select_fields"]
    targets = [select[place][0].target for place in places]
    key = next(p for p, t in zip(places, targets, strict=True) if t.primary_key)
    related = {
        _name(inner): _record_maker(inner, select, {})
        for inner in info.get("related_klass_infos", ())
    }
    names = [*(target.attname for target in targets), *more, *related]
    shape: Any = namedtuple("Record", names)  # type: ignore[misc]
    # The key twice, so that there are always two and a tuple comes back.
    read: list[int] = [*places, *more.values(), key]
    own = itemgetter(*read)
    makers = tuple(related.values())

    def record(row: Any) -> Any:
        if row[key] is None:
            return None
        return shape(*own(row)[:-1], *[make(row) for make in makers])

    return record


def _name(info: Any) -> str:
    field = info["field"]
    name = field.remote_field.get_accessor_name() if info["reverse"] else field.name
    return str(name)


def only(rows: list[Row]) -> Row | None:
    """Return the first row, or None."""
    return rows[0] if rows else None
