"""Writes of the governance room: who holds which role."""

from collections.abc import Collection
from dataclasses import dataclass

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.independence import active_administrators, are_independent
from governance.models import PersonSession, RoleChange
from governance.roles import (
    ADMINISTRATOR,
    NEEDS_SECOND_ADMINISTRATOR,
    ROLE_BY_CODE,
)


class RoleChangeRefusedError(Exception):
    """A change of roles that must not be; the text is for the page, in its language.

    `code` is one of "not_allowed", "self", "no_reason", "unknown_role",
    "already_decided", "same_person", "not_independent".
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True)
class RoleChangeOutcome:
    """Codes of roles that were added and removed, and those that wait for a second."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    waiting: tuple[str, ...]
    sessions_ended: int


def role_codes(user: User) -> frozenset[str]:
    """Return the codes of the roles and capabilities a person holds."""
    names = user.groups.values_list("name", flat=True)
    return frozenset(names) & frozenset(ROLE_BY_CODE)


@transaction.atomic
def change_roles(
    *, actor: User, user: User, roles: Collection[str], reason: str
) -> RoleChangeOutcome:
    """Give a person exactly these roles and end their sessions; return what changed.

    Capabilities and the administration that are added, and custody in either
    direction, wait until another administrator confirms (confirm_role_change).
    While there is no second active administrator, the administration alone is
    given at once: nobody else could ever confirm it, and whoever gets it so can
    never confirm what its giver asks for (are_independent). Nothing happens, and no
    session ends, when the roles are already these.

    Raises:
        RoleChangeRefusedError: the actor may not, changes their own roles, gives no
            reason or names a role that does not exist.
    """
    wanted = frozenset(roles)
    _check_may_change(actor, user)
    if not reason.strip():
        raise RoleChangeRefusedError("no_reason", _("Escribe el motivo del cambio."))
    if wanted - frozenset(ROLE_BY_CODE):
        raise RoleChangeRefusedError("unknown_role", _("Ese rol no existe."))
    locked = User.objects.select_for_update().get(pk=user.pk)
    held = role_codes(locked)
    waiting = ((wanted - held) & NEEDS_SECOND_ADMINISTRATOR) | (
        (wanted ^ held) & {"custodian"}
    )
    if ADMINISTRATOR in waiting and active_administrators().count() < 2:
        waiting -= {ADMINISTRATOR}
    added = wanted - held - waiting
    removed = held - wanted - waiting
    ended = 0
    if added or removed:
        RoleChange.objects.create(
            user=locked,
            added=sorted(added),
            removed=sorted(removed),
            reason=reason.strip(),
            state=RoleChange.State.APPLIED,
            requested_by=actor,
        )
        ended = _apply(locked, added=added, removed=removed)
    if waiting:
        _ask_second(actor, locked, waiting - held, waiting & held, reason.strip())
    return RoleChangeOutcome(
        tuple(sorted(added)), tuple(sorted(removed)), tuple(sorted(waiting)), ended
    )


@transaction.atomic
def confirm_role_change(*, actor: User, change_id: int) -> int:
    """Apply a waiting change as its second administrator; return the sessions ended.

    Raises:
        RoleChangeRefusedError: the actor asked for it, is its subject, was made by
            or made the person who asked, may not change roles, or somebody has
            decided already.
    """
    change = _decide(actor, change_id, RoleChange.State.APPLIED)
    return _apply(change.user, added=change.added, removed=change.removed)


@transaction.atomic
def refuse_role_change(*, actor: User, change_id: int) -> None:
    """Turn a waiting change down; nobody's roles change.

    Raises:
        RoleChangeRefusedError: as confirm_role_change.
    """
    _decide(actor, change_id, RoleChange.State.REFUSED)


def end_sessions(*, user: User) -> int:
    """Sign a person out everywhere; return how many sessions ended."""
    return PersonSession.objects.filter(person_id=user.pk).delete()[0]


def _check_may_change(actor: User, user: User) -> None:
    if actor.pk == user.pk:
        raise RoleChangeRefusedError("self", _("Nadie cambia sus propios roles."))
    if not actor.has_perm("auth.change_user") or (
        user.is_superuser and not actor.is_superuser
    ):
        raise RoleChangeRefusedError(
            "not_allowed", _("No puedes cambiar los roles de esta persona.")
        )


def _ask_second(
    actor: User,
    user: User,
    added: frozenset[str],
    removed: frozenset[str],
    reason: str,
) -> None:
    same = RoleChange.objects.filter(
        user=user,
        state=RoleChange.State.WAITING,
        added=sorted(added),
        removed=sorted(removed),
    )
    if same.exists():
        return
    RoleChange.objects.create(
        user=user,
        added=sorted(added),
        removed=sorted(removed),
        reason=reason,
        state=RoleChange.State.WAITING,
        requested_by=actor,
    )


def _decide(actor: User, change_id: int, state: RoleChange.State) -> RoleChange:
    change = RoleChange.objects.select_for_update().get(pk=change_id)
    _check_may_change(actor, change.user)
    if change.requested_by_id == actor.pk:
        raise RoleChangeRefusedError(
            "same_person",
            _("Lo pediste tú: lo confirma otra persona de administración."),
        )
    confirms = state == RoleChange.State.APPLIED
    if confirms and not are_independent(actor, change.requested_by):
        raise RoleChangeRefusedError(
            "not_independent",
            _(
                "Una de las dos cuentas la creó, o le dio la administración, la otra "
                "persona: lo confirma alguien independiente."
            ),
        )
    if change.state != RoleChange.State.WAITING:
        raise RoleChangeRefusedError(
            "already_decided", _("Este cambio ya está decidido.")
        )
    change.state = state
    change.decided_by = actor
    change.decided_at = timezone.now()
    change.save()
    return change


def _apply(user: User, *, added: Collection[str], removed: Collection[str]) -> int:
    user.groups.add(*Group.objects.filter(name__in=added))
    user.groups.remove(*Group.objects.filter(name__in=removed))
    opens_admin = any(ROLE_BY_CODE[code].opens_admin for code in role_codes(user))
    user.is_staff = user.is_superuser or opens_admin
    user.save(update_fields=["is_staff"])
    return end_sessions(user=user)
