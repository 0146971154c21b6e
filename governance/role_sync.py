"""The table of roles, written to the groups of the database."""

from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from governance.roles import ROLES


@dataclass(frozen=True)
class RoleDifference:
    """One difference between the table and the database, as the command prints it."""

    kind: str
    code: str
    detail: str

    def __str__(self) -> str:
        return f"{self.kind} {self.code}{': ' if self.detail else ''}{self.detail}"


@transaction.atomic
def sync_roles(*, write: bool) -> tuple[RoleDifference, ...]:
    """Return how groups differ from the table of roles; with write, make them equal.

    Groups outside the table are reported as REMOVED and deleted: a group nobody
    described would be a way around the permission matrix. Empty when all is equal.

    Raises:
        LookupError: the table names a permission that the database does not have.
    """
    permissions = _permissions()
    found = {
        group.name: group for group in Group.objects.prefetch_related("permissions")
    }
    differences: list[RoleDifference] = []
    for role in ROLES:
        wanted = set(role.permissions)
        group = found.pop(role.code, None)
        held = (
            set()
            if group is None
            else {
                name
                for name, permission in permissions.items()
                if permission in group.permissions.all()
            }
        )
        if group is None:
            differences.append(
                RoleDifference("ADDED", role.code, _plus_minus(wanted, held))
            )
        elif wanted != held:
            differences.append(
                RoleDifference("CHANGED", role.code, _plus_minus(wanted, held))
            )
        if write and (group is None or wanted != held):
            group = group or Group.objects.create(name=role.code)
            group.permissions.set([permissions[name] for name in role.permissions])
    for name, group in sorted(found.items()):
        differences.append(RoleDifference("REMOVED", name, ""))
        if write:
            group.delete()
    return tuple(differences)


def _permissions() -> dict[str, Permission]:
    rows = Permission.objects.select_related("content_type")
    known = {f"{row.content_type.app_label}.{row.codename}": row for row in rows}
    for role in ROLES:
        for name in role.permissions:
            if name not in known:
                raise LookupError(f"{role.code}: no permission {name}")
    return known


def _plus_minus(wanted: set[str], held: set[str]) -> str:
    return " ".join(
        [f"+{name}" for name in sorted(wanted - held)]
        + [f"-{name}" for name in sorted(held - wanted)]
    )
