import io

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client

from governance import demo
from governance.actions import (
    RoleChangeRefusedError,
    change_roles,
    confirm_role_change,
    refuse_role_change,
    role_codes,
)
from governance.models import PersonSession, RoleChange
from governance.role_sync import sync_roles
from governance.roles import ROLES


def printed(*args: str) -> list[str]:
    out = io.StringIO()
    call_command("sync_roles", *args, stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.django_db
def test_sync_prints_and_writes_only_when_told() -> None:
    first = printed()
    assert first[0] == "ADDED member: +indicators.view_evidence"
    assert first[-1] == "Nothing written: add --write."
    assert not Group.objects.exists()
    assert printed("--write") == first[:-1]
    assert printed("--write") == ["Roles are as the table says."]


@pytest.mark.django_db
def test_sync_says_what_changed_and_removes_strange_groups() -> None:
    sync_roles(write=True)
    editors = Group.objects.get(name="editor")
    editors.permissions.remove(editors.permissions.get(codename="record_value"))
    Group.objects.create(name="puerta-falsa")
    assert printed("--write") == [
        "CHANGED editor: +indicators.record_value",
        "REMOVED puerta-falsa",
    ]
    assert editors.permissions.filter(codename="record_value").exists()
    assert Group.objects.count() == len(ROLES)


@pytest.mark.parametrize(
    ("role", "records", "reviews"),
    [(role.code, role.code == "editor", role.code == "reviewer") for role in ROLES],
)
def test_only_editors_record_and_only_reviewers_publish(
    make_person, role: str, records: bool, reviews: bool
) -> None:
    person = make_person(role)
    assert person.has_perm("indicators.record_value") is records
    assert person.has_perm("indicators.review_value") is reviews
    assert not person.has_perm("indicators.delete_yearlyvalue")
    assert not person.has_perm("indicators.change_yearlyvalue")


def test_removed_role_ends_every_session_of_the_person_only(
    administrator: User, editor: User, signed_in
) -> None:
    phone, desk, admin = signed_in(editor), signed_in(editor), signed_in(administrator)
    change_roles(actor=administrator, user=editor, roles=["member"], reason="Cambió.")
    assert not PersonSession.objects.filter(person_id=editor.pk).exists()
    for client in (phone, desk):
        assert "_auth_user_id" not in client.session
    assert admin.session["_auth_user_id"] == str(administrator.pk)
    change = RoleChange.objects.get()
    assert (change.added, change.removed) == (["member"], ["editor"])
    assert (change.requested_by, change.reason) == (administrator, "Cambió.")


def test_same_roles_again_change_nothing(
    administrator: User, editor: User, signed_in
) -> None:
    signed_in(editor)
    outcome = change_roles(
        actor=administrator, user=editor, roles=["editor"], reason="Otra vez."
    )
    assert outcome.sessions_ended == 0
    assert not RoleChange.objects.exists()
    assert PersonSession.objects.filter(person_id=editor.pk).count() == 1


@pytest.mark.parametrize(
    "capability", ["reviewer", "moderator", "custodian", "administrator"]
)
def test_capability_waits_for_a_second_administrator(
    administrator: User, editor: User, make_person, capability: str
) -> None:
    second = make_person("administrator")
    outcome = change_roles(
        actor=administrator,
        user=editor,
        roles=["editor", capability],
        reason="Hace falta.",
    )
    assert outcome.waiting == (capability,)
    assert role_codes(editor) == {"editor"}
    change = RoleChange.objects.get()
    with pytest.raises(RoleChangeRefusedError) as refused:
        confirm_role_change(actor=administrator, change_id=change.pk)
    assert refused.value.code == "same_person"
    confirm_role_change(actor=second, change_id=change.pk)
    assert role_codes(editor) == {"editor", capability}
    with pytest.raises(RoleChangeRefusedError) as late:
        refuse_role_change(actor=second, change_id=change.pk)
    assert late.value.code == "already_decided"


def refusal_code(actor: User, change: RoleChange) -> str:
    with pytest.raises(RoleChangeRefusedError) as refused:
        confirm_role_change(actor=actor, change_id=change.pk)
    return refused.value.code


def made_alone(maker: User, person: User) -> None:
    """Leave the maker the only active administrator while they give the role."""
    others = User.objects.exclude(pk=maker.pk).filter(is_active=True)
    away = list(others.values_list("pk", flat=True))
    others.update(is_active=False)
    outcome = change_roles(
        actor=maker, user=person, roles=["administrator"], reason="Hace falta."
    )
    assert outcome.added == ("administrator",)
    User.objects.filter(pk__in=away).update(is_active=True)


def asked_by(actor: User, user: User) -> RoleChange:
    change_roles(actor=actor, user=user, roles=["reviewer"], reason="Hace falta.")
    return RoleChange.objects.get(user=user, state="waiting")


def test_administrators_made_in_a_chain_by_one_person_confirm_nothing_of_each_other(
    administrator: User, editor: User, make_person
) -> None:
    first, second = make_person(), make_person()
    made_alone(administrator, first)
    made_alone(first, second)
    people = [
        User.objects.get(pk=person.pk) for person in (administrator, first, second)
    ]
    for asks in people:
        change = asked_by(asks, editor)
        for confirms in people:
            expected = "same_person" if confirms == asks else "not_independent"
            assert refusal_code(confirms, change) == expected
        refuse_role_change(actor=make_person("administrator"), change_id=change.pk)


def test_an_administrator_confirmed_by_another_is_nobodys_puppet_but_the_askers(
    administrator: User, editor: User, make_person
) -> None:
    second, third = make_person("administrator"), make_person()
    change_roles(
        actor=administrator, user=third, roles=["administrator"], reason="Ayuda."
    )
    confirm_role_change(actor=second, change_id=RoleChange.objects.get().pk)
    third = User.objects.get(pk=third.pk)
    assert refusal_code(third, asked_by(administrator, editor)) == "not_independent"
    other = make_person()
    confirm_role_change(actor=third, change_id=asked_by(second, other).pk)
    assert role_codes(other) == {"reviewer"}


def test_refused_change_gives_no_role(
    administrator: User, editor: User, make_person
) -> None:
    change_roles(actor=administrator, user=editor, roles=["reviewer"], reason="Sí.")
    change = RoleChange.objects.get(state="waiting")
    refuse_role_change(actor=make_person("administrator"), change_id=change.pk)
    assert role_codes(editor) == frozenset()


def test_taking_review_away_does_not_wait(administrator: User, reviewer: User) -> None:
    change_roles(actor=administrator, user=reviewer, roles=[], reason="Se fue.")
    reviewer.refresh_from_db()
    assert role_codes(reviewer) == frozenset()
    assert not reviewer.is_staff


def test_custody_is_not_taken_by_one_administrator(
    administrator: User, make_person
) -> None:
    custodian = make_person("custodian")
    outcome = change_roles(
        actor=administrator, user=custodian, roles=[], reason="Me estorba."
    )
    assert outcome.waiting == ("custodian",)
    assert role_codes(custodian) == {"custodian"}


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("self", "self"),
        ("editor", "not_allowed"),
        ("superuser", "not_allowed"),
        ("no_reason", "no_reason"),
        ("unknown", "unknown_role"),
    ],
)
def test_roles_are_not_changed_when(
    administrator: User, editor: User, make_person, case: str, code: str
) -> None:
    actor = editor if case == "editor" else administrator
    user = make_person(is_superuser=case == "superuser")
    user = administrator if case == "self" else user
    roles = ["king"] if case == "unknown" else ["member"]
    reason = " " if case == "no_reason" else "Porque sí."
    with pytest.raises(RoleChangeRefusedError) as refused:
        change_roles(actor=actor, user=user, roles=roles, reason=reason)
    assert refused.value.code == code
    assert not RoleChange.objects.exists()


def test_database_refuses_own_role_change(administrator: User) -> None:
    with pytest.raises(IntegrityError, match="nobody_changes_own_roles"):
        RoleChange.objects.create(
            user=administrator,
            requested_by=administrator,
            reason="Yo.",
            state="applied",
        )


def test_database_refuses_second_who_is_the_first(
    administrator: User, editor: User
) -> None:
    with (
        pytest.raises(IntegrityError, match="role_change_decided_by_another"),
        transaction.atomic(),
    ):
        RoleChange.objects.create(
            user=editor,
            requested_by=administrator,
            decided_by=administrator,
            reason="Yo.",
            state="applied",
        )


@pytest.mark.slow
@pytest.mark.django_db
def test_demo_people_sign_in_and_running_it_again_restores_them(settings) -> None:
    settings.DEMO = True
    demo.ensure_demo_users()
    User.objects.filter(username="editora").update(is_superuser=True)
    demo.ensure_demo_users()
    editora = User.objects.get(username="editora")
    assert not editora.is_superuser
    assert User.objects.count() == len(demo.DEMO_PEOPLE)
    for person in demo.DEMO_PEOPLE:
        assert (
            Client()
            .post(
                "/cuenta/login/",
                {"login": person.username, "password": demo.demo_password()},
            )
            .status_code
            == 302
        )


@pytest.mark.django_db
def test_demo_people_exist_only_in_the_demo(settings) -> None:
    settings.DEMO = False
    with pytest.raises(ImproperlyConfigured):
        demo.ensure_demo_users()
    assert not User.objects.exists()


def test_short_demo_password_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "corta")
    with pytest.raises(ImproperlyConfigured):
        demo.demo_password()
