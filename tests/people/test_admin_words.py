"""The words of the admin: what this project lists there has Spanish names."""

import pytest
from django.contrib import admin
from django.db.models import Model

from governance.models import PersonSession, RoleChange, SignInAttempt
from indicators.models import Assignment, Load, Source, SourceFile

OURS = (Assignment, Load, PersonSession, RoleChange, SignInAttempt, Source, SourceFile)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_names_of_a_model_are_not_djangos_guess(model: type[Model]) -> None:
    meta = model._meta
    assert str(meta.verbose_name) != meta.model_name
    assert str(meta.verbose_name_plural) != f"{meta.verbose_name}s" or (
        meta.verbose_name in ("fuente", "carga")
    )


@pytest.mark.parametrize(
    "model",
    [Assignment, Load, RoleChange, Source, SourceFile],
    ids=lambda model: model.__name__,
)
def test_every_field_has_a_name_of_its_own(model: type[Model]) -> None:
    guessed = [
        field.name
        for field in model._meta.fields
        if field.name != "id" and field.verbose_name == field.name.replace("_", " ")
    ]
    assert guessed == []


def test_models_with_english_names_are_not_listed() -> None:
    listed = {model._meta.label_lower for model in admin.site._registry}
    assert [label for label in sorted(listed) if label.startswith("axes.")] == []


@pytest.mark.django_db
@pytest.mark.usefixtures("foreign_templates")
def test_front_page_of_the_admin_is_spanish(administrator, signed_in) -> None:
    page = signed_in(administrator).get("/admin/").content.decode()
    for words in (
        "Asignaciones",
        "Cargas",
        "Fuentes",
        "Archivos de fuentes",
        "Intentos de entrar",
    ):
        assert words in page
    for words in ("Loads", "Sources", "Source files", "Access attempts"):
        assert words not in page


@pytest.mark.django_db
@pytest.mark.usefixtures("foreign_templates")
def test_administrator_unlocks_a_person(administrator, signed_in) -> None:
    row = SignInAttempt.objects.create(
        username="rosa", ip_address="192.0.2.1", failures_since_start=5
    )
    client = signed_in(administrator)
    page = client.get("/admin/governance/signinattempt/").content.decode()
    assert "Intentos fallidos" in page
    assert "rosa" in page
    client.post(f"/admin/governance/signinattempt/{row.pk}/delete/", {"post": "yes"})
    assert not SignInAttempt.objects.exists()
