"""People of the demo. Their password is public: they exist only where DEMO is on."""

import os
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from governance.role_sync import sync_roles
from governance.roles import ROLE_BY_CODE
from indicators.yearly.assignments import assign_all


@dataclass(frozen=True)
class DemoPerson:
    """One demo account: its user name, its name as shown and its roles."""

    username: str
    first_name: str
    last_name: str
    roles: tuple[str, ...]


DEMO_PEOPLE = (
    DemoPerson("editora", "Elena", "Demo", ("editor",)),
    DemoPerson("revisora", "Rosa", "Demo", ("member", "reviewer")),
    DemoPerson("miembro", "Mario", "Demo", ("member",)),
    DemoPerson("supervisora", "Sara", "Demo", ("supervisor",)),
    DemoPerson("admin", "Ana", "Demo", ("administrator",)),
)


def demo_password() -> str:
    """Return the password of every demo account: DEMO_PASSWORD or the known one."""
    password = os.environ.get("DEMO_PASSWORD", "") or "tocache-demo-2030"
    if len(password) < 12:
        raise ImproperlyConfigured("DEMO_PASSWORD needs at least 12 characters.")
    return password


@transaction.atomic
def ensure_demo_users() -> tuple[DemoPerson, ...]:
    """Make the demo accounts, or put their roles and password back; return them.

    Nobody stands behind these changes, so no RoleChange is recorded. Running it
    again changes nothing but the roles and passwords that were altered.

    Raises:
        ImproperlyConfigured: DEMO is off, or DEMO_PASSWORD is too short.
    """
    if not settings.DEMO:
        raise ImproperlyConfigured("Demo accounts exist only with DEMO=1.")
    sync_roles(write=True)
    password = demo_password()
    for person in DEMO_PEOPLE:
        user, _ = User.objects.update_or_create(
            username=person.username,
            defaults={
                "first_name": person.first_name,
                "last_name": person.last_name,
                "email": f"{person.username}@example.org",
                "is_active": True,
                "is_superuser": False,
                "is_staff": any(
                    ROLE_BY_CODE[code].opens_admin for code in person.roles
                ),
            },
        )
        if not user.check_password(password):
            user.set_password(password)
            user.save(update_fields=["password"])
        user.groups.set(Group.objects.filter(name__in=person.roles))
        if "editor" in person.roles:
            assign_all(user)
        EmailAddress.objects.get_or_create(
            user=user, email=user.email, defaults={"verified": True, "primary": True}
        )
    return DEMO_PEOPLE
