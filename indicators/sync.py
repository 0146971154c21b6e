"""Bring rows in line with a file and say what changed.

Loading the same file twice changes nothing the second time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


class PlanFileError(Exception):
    """The file cannot be loaded; the message says where and why, in Spanish."""


@dataclass(frozen=True)
class Change:
    """One row that was or would be written."""

    kind: Literal["ADDED", "CHANGED", "REMOVED"]
    what: str
    key: str
    fields: tuple[str, ...] = ()

    def __str__(self) -> str:
        changed = f" ({', '.join(self.fields)})" if self.fields else ""
        return f"{self.kind} {self.what} {self.key}{changed}"


@dataclass
class ChangeLog:
    """The changes of a run, in the order they were made."""

    changes: list[Change] = field(default_factory=list)

    def sync_rows(
        self,
        scope: models.QuerySet[Row],
        *,
        key: str,
        rows: Iterable[Mapping[str, Any]],
        fixed: Mapping[str, Any],
    ) -> dict[Any, Row]:
        """Return the rows of scope by key after making them equal to rows.

        scope holds every row the file answers for; fixed are the values that tie a
        new row to it. Rows of scope that the file no longer has are deleted.

        Raises:
            PlanFileError: a key stands twice, or a row to delete is still used.
        """
        model = scope.model
        name = model.__name__
        present = {getattr(row, key): row for row in scope}
        wanted: dict[Any, Mapping[str, Any]] = {}
        for row in rows:
            if row[key] in wanted:
                raise PlanFileError(f"{name} {row[key]}: el código está dos veces")
            wanted[row[key]] = row
        for row_key in [k for k in present if k not in wanted]:
            self._delete(present.pop(row_key), name)
        for row_key, values in wanted.items():
            if row_key in present:
                self._update(present[row_key], name, values)
            else:
                new = model._default_manager.create(**values, **fixed)
                present[row_key] = new
                self.changes.append(Change("ADDED", name, str(new)))
        return {row_key: present[row_key] for row_key in wanted}

    def sync_links(
        self, owner: models.Model, field_name: str, linked: Iterable[Row]
    ) -> None:
        """Make a many-to-many field hold exactly the linked rows."""
        manager = getattr(owner, field_name)
        wanted = {row.pk for row in linked}
        present = set(manager.values_list("pk", flat=True))
        if wanted != present:
            manager.set(wanted)
            # A new row was already counted; its links are part of it.
            new = Change("ADDED", type(owner).__name__, str(owner))
            if new not in self.changes:
                self.changes.append(
                    Change("CHANGED", type(owner).__name__, str(owner), (field_name,))
                )

    def _update(self, row: models.Model, name: str, values: Mapping[str, Any]) -> None:
        label = str(row)
        changed = tuple(
            sorted(n for n, value in values.items() if getattr(row, n) != value)
        )
        if changed:
            for field_name in changed:
                setattr(row, field_name, values[field_name])
            row.save(update_fields=changed)
            self.changes.append(Change("CHANGED", name, label, changed))

    def _delete(self, row: models.Model, name: str) -> None:
        label = str(row)
        try:
            row.delete()
        except models.ProtectedError as error:
            raise PlanFileError(
                f"{name} {label}: no se puede quitar, todavía se usa"
                " (retira el código, no lo borres)"
            ) from error
        self.changes.append(Change("REMOVED", name, label))
