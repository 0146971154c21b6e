"""Every route × every role, executed; a route without a row fails."""

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from governance.models import RoleChange, SignInAttempt
from governance.roles import ROLE_BY_CODE
from indicators.evidence.files import CleanFile, keep_file
from indicators.models import (
    AskedTask,
    BasePrice,
    Crop,
    SourceFile,
    YearlyValue,
)
from tests import factories
from tests.people import permission_matrix as matrix
from tests.people.route_walk import route_names

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.usefixtures("foreign_templates"),
]


@dataclass(frozen=True)
class Situation:
    """The objects that rows speak of, and one person for each role."""

    ids: dict[str, object]
    people: dict[str, User]

    def fill(self, text: str) -> str:
        return re.sub(r"@(\w+)", lambda sign: str(self.ids[sign[1]]), text)


@pytest.fixture
def situation(roles: None) -> Situation:
    place = factories.PlaceFactory(province=True)
    indicator = factories.TargetFactory().indicator
    values = {
        state: factories.YearlyValueFactory(
            indicator=indicator,
            place=place,
            year=year,
            state=state,
            reviewed_by=None if state != "published" else factories.UserFactory(),
        ).pk
        for year, state in ((2021, "draft"), (2022, "in_review"), (2023, "published"))
    }
    files = {
        f"{key}_file": kept_evidence(values[state], title=title, is_public=is_public)
        for key, state, title, is_public in (
            ("draft", "draft", "canario en borrador", True),
            ("public", "published", "Anuario", True),
            ("reserved", "published", "Acta", False),
        )
    }
    people = {role: factories.UserFactory() for role in matrix.SIGNED_IN}
    for code in matrix.ROLE_CODES:
        people[code].groups.add(Group.objects.get(name=code))
        people[code].is_staff = ROLE_BY_CODE[code].opens_admin
        people[code].save()
    factories.AssignmentFactory(user=people["editor"], indicator=indicator)
    factories.YearLockFactory(year=2020)
    ids = {
        "indicator": indicator.pk,
        "place": place.pk,
        "person": factories.UserFactory().pk,
        "nothing": 999_999,
        "slug": indicator.slug,
        "axis": indicator.goal.axis.code,
        "goal": indicator.goal.code,
        "code": indicator.code,
        "ubigeo": place.ubigeo,
        "jurisdiction": place.jurisdiction.code,
        "source": "made_up_source",
        "load": factories.LoadFactory().pk,
        "workbook": factories.WorkbookImportFactory().pk,
        "cluster": factories.write_cluster(ubigeo="990155", day=dt.date(2026, 1, 5)).pk,
        "sheet": factories.SheetUploadFactory(
            user=people["editor"], indicator=indicator
        ).public_id,
        **values,
        **files,
    }
    return Situation(ids, people)


def kept_evidence(value_id: int, **fields: object) -> int:
    """Return the id of evidence whose file lies on the disk."""
    path = keep_file(CleanFile(b"a,b\n", "csv", "0"))
    value = YearlyValue.objects.get(pk=value_id)
    file = {"path": path, "size_bytes": 4, "sha256": "0", "original_sha256": path[-40:]}
    return factories.add_frozen_evidence(value, url="", **file, **fields).pk


def status(
    situation: Situation, role: str, path: str, method: str, data: dict[str, str]
) -> int:
    """The status a role gets; what the request changed is undone."""
    client = Client()
    with transaction.atomic():
        if role != matrix.SIGNED_OUT:
            client.force_login(situation.people[role])
        response = getattr(client, method)(path, data)
        if response.streaming:
            # Read to the end, its file is closed.
            list(response)
        transaction.set_rollback(True)
    return int(response.status_code)


def test_every_route_has_a_row() -> None:
    covered = {row.name for row in matrix.ROWS} | set(admin_model_routes())
    assert [name for name in route_names() if name not in covered] == []


def test_every_row_has_a_route_and_every_role() -> None:
    assert {row.name for row in matrix.ROWS} - set(route_names()) == set()
    for row in matrix.ROWS:
        assert set(row.status) == set(matrix.EVERYBODY), row.name


def test_no_row_is_written_twice() -> None:
    keys = Counter(
        (row.name, row.method, row.query, tuple(sorted(row.args.items())))
        for row in matrix.ROWS
    )
    assert [key for key, times in keys.items() if times > 1] == []


@pytest.mark.parametrize(
    "row", matrix.ROWS, ids=[f"{row.name}-{row.method}" for row in matrix.ROWS]
)
def test_route_answers_each_role_as_the_matrix_says(
    situation: Situation, row: matrix.Row
) -> None:
    args = {name: situation.fill(value) for name, value in row.args.items()}
    path = situation.fill(row.path) or reverse(row.name, kwargs=args)
    path += f"?{situation.fill(row.query)}" if row.query else ""
    data = {name: situation.fill(value) for name, value in row.data.items()}
    got = {
        role: status(situation, role, path, row.method, data)
        for role in matrix.EVERYBODY
    }
    assert got == row.status


@pytest.mark.parametrize("role", [matrix.SIGNED_OUT, "member", "editor", "reviewer"])
def test_drafts_are_on_no_public_page(situation: Situation, role: str) -> None:
    YearlyValue.objects.filter(state__in=YearlyValue.OPEN_STATES).update(
        value="77123.4567", note="canario en la nota", source_text="canario"
    )
    client = Client()
    if role != matrix.SIGNED_OUT:
        client.force_login(situation.people[role])
    for row in (*matrix.PUBLIC, *matrix.API):
        args = {name: situation.fill(value) for name, value in row.args.items()}
        path = situation.fill(row.path) or reverse(row.name, kwargs=args)
        for prefix in ("", "/en"):
            page = client.get(prefix + path)
            body = page.content.decode()
            assert "canario" not in body, row.name
            assert "77123" not in body.replace(",", ""), row.name


def admin_models() -> dict[str, type[Model]]:
    return {model._meta.label_lower: model for model in admin.site._registry}


def admin_model_routes() -> list[str]:
    routes = []
    for label in matrix.ADMIN_MODELS:
        app, model = label.split(".")
        views = ("changelist", "add", "change", "delete", "history")
        routes += [f"admin:{app}_{model}_{view}" for view in views]
        routes.append(f"admin/{app}/{model}/<path:object_id>/")
    return routes


def test_every_model_of_the_admin_has_a_line() -> None:
    assert set(admin_models()) == set(matrix.ADMIN_MODELS)


def _crop() -> Crop:
    return Crop.objects.create(
        code="cacao", name_es="Cacao", name_en="Cocoa", kind=Crop.Kind.PERENNIAL
    )


def make_row_of(label: str, person: User) -> Model:
    """One object of a model of the admin. A new model of the admin adds a line."""
    other = factories.UserFactory()
    match label:
        case "account.emailaddress":
            return EmailAddress.objects.create(user=person, email="a@example.org")
        case "auth.user":
            return person
        case "governance.signinattempt":
            return SignInAttempt.objects.create(
                failures_since_start=1,
                ip_address="192.0.2.1",
                username="x",
                user_agent="x",
            )
        case "governance.rolechange":
            return RoleChange.objects.create(
                user=person, requested_by=other, reason="x", state="applied"
            )
        case "indicators.assignment":
            return factories.AssignmentFactory()  # type: ignore[no-any-return]
        case "indicators.askedtask":
            return AskedTask.objects.create(key="a", task="x", due_at=timezone.now())
        case "indicators.baseprice":
            return BasePrice.objects.create(
                crop=_crop(), price_pen_kg=1, source_text="x", recorded_by=other
            )
        case "indicators.crop":
            return _crop()
        case "indicators.load":
            return factories.LoadFactory()  # type: ignore[no-any-return]
        case "indicators.source":
            return factories.SourceFactory()  # type: ignore[no-any-return]
        case "indicators.sourcefile":
            return SourceFile.objects.create(
                source=factories.SourceFactory(),
                sha256="0" * 64,
                size_bytes=1,
                fetched_at=timezone.now(),
            )
        case "mfa.authenticator":
            return Authenticator.objects.create(user=person, type="totp", data={})
    raise AssertionError(f"no object for {label}")


def expected_in_admin(label: str, role: str) -> dict[str, int]:
    """Statuses of list, add, change, delete and history for a role."""
    if role not in matrix.STAFF:
        return dict.fromkeys(("changelist", "add", "change", "delete", "history"), 302)
    may = matrix.ADMIN_MODELS[label].get(role, set())
    sees = 200 if may & {matrix.VIEW, matrix.CHANGE} else 403
    # A change of roles is decided in its list and never opened.
    opens = 403 if label == "governance.rolechange" else sees
    return {
        "changelist": sees,
        "add": 200 if matrix.ADD in may else 403,
        "change": opens,
        "delete": 200 if matrix.DELETE in may else 403,
        "history": sees,
    }


@pytest.mark.parametrize("label", sorted(matrix.ADMIN_MODELS))
def test_model_of_the_admin_answers_each_role(situation: Situation, label: str) -> None:
    row = make_row_of(label, User.objects.get(pk=situation.ids["person"]))
    name = f"admin:{label.replace('.', '_')}"
    for role in matrix.EVERYBODY:
        got = {
            view: status(
                situation, role, reverse(f"{name}_{view}", args=args), "get", {}
            )
            for view, args in (
                ("changelist", []),
                ("add", []),
                ("change", [row.pk]),
                ("delete", [row.pk]),
                ("history", [row.pk]),
            )
        }
        assert got == expected_in_admin(label, role), role
