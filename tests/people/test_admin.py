"""The admin: nobody raises themselves, roles change with a reason."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from governance.actions import role_codes
from governance.models import PersonSession, RoleChange

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.usefixtures("foreign_templates"),
]


@pytest.fixture
def office(administrator: User, signed_in) -> Client:
    return signed_in(administrator)


def form_of(user: User, **changes: Any) -> dict[str, Any]:
    return {
        "username": user.username,
        "email": user.email,
        "is_active": "on",
        "roles": sorted(role_codes(user)),
        "roles_reason": "",
        **changes,
    }


def save(client: Client, user: User, **changes: Any) -> Any:
    return client.post(
        f"/admin/auth/user/{user.pk}/change/", form_of(user, **changes), follow=True
    )


def test_role_is_given_with_a_reason(office: Client, editor: User) -> None:
    save(office, editor, roles=["member"], roles_reason="Cambió de trabajo.")
    assert role_codes(editor) == {"member"}
    assert RoleChange.objects.get().reason == "Cambió de trabajo."


def test_role_without_a_reason_is_not_given(office: Client, editor: User) -> None:
    response = save(office, editor, roles=["member"])
    assert "Escribe el motivo del cambio." in response.content.decode()
    assert role_codes(editor) == {"editor"}


def test_review_waits_for_the_second_administrator(
    office: Client, editor: User, make_person, signed_in
) -> None:
    response = save(office, editor, roles=["editor", "reviewer"], roles_reason="Falta.")
    assert "Otra persona de administración debe confirmar" in response.content.decode()
    change = RoleChange.objects.get()
    confirm = {"action": "confirm", "_selected_action": str(change.pk)}
    changes = "/admin/governance/rolechange/"
    refused = office.post(changes, confirm, follow=True)
    assert "Lo pediste tú" in refused.content.decode()
    assert role_codes(editor) == {"editor"}
    second = signed_in(make_person("administrator", is_staff=True))
    second.post(changes, confirm, follow=True)
    assert role_codes(editor) == {"editor", "reviewer"}


def test_nobody_changes_their_own_account(office: Client, administrator: User) -> None:
    response = save(office, administrator, roles=["administrator", "editor"])
    assert response.status_code == 403
    assert role_codes(administrator) == {"administrator"}


@pytest.mark.parametrize("name", ["is_superuser", "is_staff", "groups"])
def test_smuggled_fields_raise_nobody(office: Client, editor: User, name: str) -> None:
    group = Group.objects.get(name="administrator")
    value = str(group.pk) if name == "groups" else "on"
    save(office, editor, **{name: value})
    editor.refresh_from_db()
    assert not editor.is_superuser
    assert not editor.is_staff
    assert role_codes(editor) == {"editor"}


def test_deactivated_person_is_signed_out(
    office: Client, editor: User, signed_in
) -> None:
    desk = signed_in(editor)
    changes = form_of(editor)
    del changes["is_active"]
    office.post(f"/admin/auth/user/{editor.pk}/change/", changes)
    editor.refresh_from_db()
    assert not editor.is_active
    assert not PersonSession.objects.filter(person_id=editor.pk).exists()
    assert desk.get("/panel/").status_code == 302


def test_address_of_a_reviewer_is_not_changed_by_an_administrator(
    office: Client, reviewer: User
) -> None:
    save(office, reviewer, email="intruso@example.org")
    reviewer.refresh_from_db()
    assert reviewer.email == "revisora@example.org"


def test_superuser_is_out_of_reach(office: Client, make_person) -> None:
    root = make_person(is_superuser=True, is_staff=True)
    assert save(office, root, email="x@example.org").status_code == 403


def test_new_account_starts_without_a_role(office: Client) -> None:
    office.post(
        "/admin/auth/user/add/",
        {
            "username": "nueva",
            "usable_password": "true",
            "password1": "clave-de-prueba-2030",
            "password2": "clave-de-prueba-2030",
        },
    )
    assert role_codes(User.objects.get(username="nueva")) == frozenset()
