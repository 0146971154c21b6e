"""The admin: nobody raises themselves, roles change with a reason."""

import re
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.contrib.auth.models import Group, User
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from governance.actions import role_codes
from governance.models import PersonSession, RoleChange
from indicators.models import Assignment
from tests import factories

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


@pytest.mark.parametrize("fields", [{"is_superuser": True}, {}])
def test_address_of_a_second_pair_of_eyes_is_not_changed_by_a_superuser(
    make_person, signed_in, fields: dict[str, bool]
) -> None:
    root = make_person(is_superuser=True, is_staff=True)
    other = make_person("administrator", is_staff=True, **fields)
    before = other.email
    save(signed_in(root), other, email="intruso@example.org")
    other.refresh_from_db()
    assert other.email == before


def test_superuser_is_out_of_reach(office: Client, make_person) -> None:
    root = make_person(is_superuser=True, is_staff=True)
    assert save(office, root, email="x@example.org").status_code == 403


def new_account(office: Client, username: str, **fields: str) -> User:
    office.post(
        "/admin/auth/user/add/",
        {"username": username, "email": f"{username}@example.org", **fields},
    )
    return User.objects.get(username=username)


def test_new_account_starts_without_a_role(office: Client) -> None:
    assert role_codes(new_account(office, "nueva")) == frozenset()


def test_whoever_makes_an_account_does_not_choose_its_password(office: Client) -> None:
    page = office.get("/admin/auth/user/add/").content.decode()
    assert 'type="password"' not in page
    password = "clave-de-prueba-2030"
    person = new_account(
        office,
        "nueva",
        usable_password="true",
        password1=password,
        password2=password,
    )
    assert not person.has_usable_password()


def test_account_without_an_address_is_not_made(office: Client) -> None:
    response = office.post("/admin/auth/user/add/", {"username": "nueva"})
    assert response.status_code == 200
    assert not User.objects.filter(username="nueva").exists()


def test_owner_of_a_new_account_chooses_the_password_from_the_mail(
    office: Client,
) -> None:
    person = new_account(office, "nueva")
    Client().post("/cuenta/password/reset/", {"email": person.email})
    (letter,) = mail.outbox
    link = re.search(r"/cuenta/password/reset/key/\S+", str(letter.body))
    assert link
    owner = Client()
    form = owner.get(link[0], follow=True).redirect_chain[-1][0]
    password = "clave-de-la-persona-2030"
    owner.post(form, {"password1": password, "password2": password})
    person.refresh_from_db()
    assert person.check_password(password)


def confirm(client: Client, change: RoleChange) -> str:
    response = client.post(
        "/admin/governance/rolechange/",
        {"action": "confirm", "_selected_action": str(change.pk)},
        follow=True,
    )
    return str(response.content.decode())


def test_one_administrator_cannot_confirm_through_an_account_of_their_own(
    office: Client, editor: User, make_person, signed_in
) -> None:
    make_person("administrator", is_staff=True)
    save(office, editor, roles=["editor", "reviewer"], roles_reason="Falta.")
    puppet = new_account(office, "titere")
    save(office, puppet, roles=["administrator"], roles_reason="Ayuda.")
    assert role_codes(puppet) == frozenset()
    change = RoleChange.objects.get(user=editor)
    confirm(signed_in(puppet), change)
    assert role_codes(editor) == {"editor"}


def test_account_made_by_the_only_administrator_never_confirms_for_them(
    office: Client, editor: User, signed_in
) -> None:
    puppet = new_account(office, "titere")
    page = save(office, puppet, roles=["administrator"], roles_reason="Ayuda.")
    assert "el rol se dio sin confirmar" in page.content.decode()
    assert role_codes(puppet) == {"administrator"}
    save(office, editor, roles=["editor", "reviewer"], roles_reason="Falta.")
    page_text = confirm(signed_in(puppet), RoleChange.objects.get(user=editor))
    assert "alguien independiente" in page_text
    assert role_codes(editor) == {"editor"}


def test_address_of_an_administrator_is_not_changed_by_another(
    office: Client, make_person
) -> None:
    other = make_person("administrator", is_staff=True)
    before = other.email
    save(office, other, email="intruso@example.org")
    other.refresh_from_db()
    assert other.email == before


def assign(client: Client, person: User, indicator: Any) -> str:
    response = client.post(
        "/admin/indicators/assignment/add/",
        {"user": person.pk, "indicator": indicator.pk},
        follow=True,
    )
    return str(response.content.decode())


def test_indicator_is_assigned_and_taken_away(
    office: Client, administrator: User, make_person
) -> None:
    person, indicator = make_person("editor"), factories.IndicatorFactory()
    page = office.get("/admin/indicators/assignment/add/").content.decode()
    assert f"{indicator.code} · {indicator.goal.name_es}" in page
    assign(office, person, indicator)
    made = Assignment.objects.get()
    assert (made.user, made.assigned_by) == (person, administrator)
    listed = office.get(f"/admin/indicators/assignment/?user__id__exact={person.pk}")
    assert indicator.goal.name_es in listed.content.decode()
    office.post(f"/admin/indicators/assignment/{made.pk}/delete/", {"post": "yes"})
    assert not Assignment.objects.exists()
    actions = LogEntry.objects.filter(user=administrator).order_by("pk")
    assert [entry.action_flag for entry in actions] == [ADDITION, DELETION]


def test_who_cannot_enter_values_is_no_choice(office: Client, make_person) -> None:
    indicator = factories.IndicatorFactory()
    assign(office, make_person("supervisor"), indicator)
    assert not Assignment.objects.exists()


def test_nobody_assigns_to_themselves(office: Client, administrator: User) -> None:
    administrator.groups.add(Group.objects.get(name="editor"))
    page = assign(office, administrator, factories.IndicatorFactory())
    assert "Nadie se asigna indicadores: lo hace otra persona." in page
    assert not Assignment.objects.exists()


def test_list_of_steps_is_assigned_to_nobody(office: Client, make_person) -> None:
    steps = factories.IndicatorFactory(target_type="checklist")
    assign(office, make_person("editor"), steps)
    assert not Assignment.objects.exists()


def test_database_refuses_who_assigns_to_themselves(editor: User) -> None:
    refused = pytest.raises(IntegrityError, match="assigned_by_somebody_else")
    with refused, transaction.atomic():
        factories.AssignmentFactory(user=editor, assigned_by=editor)
