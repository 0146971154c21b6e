"""People of the tests: one for each role, their groups synced from the table."""

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import Group, User
from django.template import engines
from django.test import Client

from governance.role_sync import sync_roles
from indicators.yearly.assignments import assign_all
from tests.factories import UserFactory

PASSWORD = "clave-de-prueba-2030"
MakePerson = Callable[..., User]


@pytest.fixture
def roles(db: None) -> None:
    sync_roles(write=True)


@pytest.fixture
def make_person(roles: None) -> MakePerson:
    def make(*codes: str, **fields: object) -> User:
        user: User = UserFactory(**fields)
        user.groups.set(Group.objects.filter(name__in=codes))
        if "editor" in codes:
            assign_all(user)
        return user

    return make


@pytest.fixture
def editor(make_person: MakePerson) -> User:
    return make_person("editor", username="editora")


@pytest.fixture
def reviewer(make_person: MakePerson) -> User:
    return make_person("reviewer", username="revisora", is_staff=True)


@pytest.fixture
def administrator(make_person: MakePerson) -> User:
    return make_person("administrator", username="admin1", is_staff=True)


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def foreign_templates() -> Iterator[None]:
    """Templates of Django's admin and of allauth print undefined variables."""
    engine = engines["django"].engine  # type: ignore[attr-defined]
    strict, engine.string_if_invalid = engine.string_if_invalid, ""
    yield
    engine.string_if_invalid = strict


@pytest.fixture
def people() -> dict[str, User]:
    sync_roles(write=True)
    made = {}
    for username, role in (("editora", "editor"), ("revisora", "reviewer")):
        made[username] = UserFactory(username=username, password=PASSWORD)
        made[username].groups.add(Group.objects.get(name=role))
    return made
