"""Whether two administrators are two people, as far as the records can tell."""

from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet

from governance.models import RoleChange
from governance.roles import ADMINISTRATOR


def active_administrators() -> QuerySet[User]:
    """Return who can decide on roles today: the role, or made on the server."""
    return User.objects.filter(
        Q(groups__name=ADMINISTRATOR) | Q(is_superuser=True), is_active=True
    ).distinct()


def are_independent(one: User, other: User) -> bool:
    """Return whether one may be the second pair of eyes of the other, both ways.

    Not if it is the same account, if one made the other's account or asked for its
    role of administrator, or if a chain of administrators made by one person alone
    joins them: whoever makes an account may be the one who signs in with it.
    Accounts made on the server have no such tie.
    """
    if one.pk == other.pk:
        return False
    return other.pk not in _tied_to(one.pk) | _made_alone_from(one.pk)


def _tied_to(person_id: int) -> set[int]:
    accounts = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(User), action_flag=ADDITION
    )
    made = accounts.filter(user_id=person_id).values_list("object_id", flat=True)
    makers = accounts.filter(object_id=str(person_id)).values_list("user_id", flat=True)
    asked = _administrators_made()
    return {
        *(int(pk) for pk in made if pk),
        *makers,
        *asked.filter(requested_by=person_id).values_list("user_id", flat=True),
        *asked.filter(user=person_id).values_list("requested_by_id", flat=True),
    }


def _made_alone_from(person_id: int) -> set[int]:
    pairs = _administrators_made().filter(decided_by__isnull=True)
    ties = set(pairs.values_list("requested_by_id", "user_id"))
    joined = {person_id}
    while more := {
        pk for tie in ties if joined & set(tie) for pk in tie if pk not in joined
    }:
        joined |= more
    return joined


def _administrators_made() -> QuerySet[RoleChange]:
    return RoleChange.objects.filter(
        state=RoleChange.State.APPLIED, added__contains=[ADMINISTRATOR]
    )
