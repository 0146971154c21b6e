"""Accounts and roles in the admin; roles only change through their action."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from governance.actions import (
    RoleChangeRefusedError,
    change_roles,
    confirm_role_change,
    end_sessions,
    refuse_role_change,
    role_codes,
)
from governance.models import RoleChange, SignInAttempt
from governance.roles import ADMINISTRATOR, NEEDS_SECOND_ADMINISTRATOR, ROLES

admin.site.unregister(User)
admin.site.unregister(Group)


def _role_choices() -> list[tuple[str, str]]:
    language = get_language() or "es-pe"
    return [(role.code, role.name(language)) for role in ROLES]


class NewPersonForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new account: its owner alone chooses the password, from the reset mail."""

    email = forms.EmailField(
        label=_("Correo electrónico"),
        help_text=_(
            "Con «Olvidé mi contraseña» la persona recibe ahí el enlace para elegir "
            "la suya."
        ),
    )

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email")

    def save(self, commit: bool = True) -> User:
        """Return the account, with a password that opens nothing."""
        person: User = super().save(commit=False)
        person.set_unusable_password()
        if commit:
            person.save()
        return person


class PersonForm(UserChangeForm):  # type: ignore[type-arg]
    """An account with its roles; the reason is asked when they change."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=_role_choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    roles_reason = forms.CharField(
        label=_("Motivo del cambio de roles"), required=False, max_length=500
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.held = role_codes(self.instance)
        self.fields["roles"].initial = sorted(self.held)

    def clean(self) -> dict[str, Any]:
        """Return the cleaned values; a change of roles needs its reason."""
        cleaned: dict[str, Any] = super().clean() or {}
        changed = set(cleaned.get("roles", self.held)) != self.held
        if changed and not cleaned.get("roles_reason", "").strip():
            self.add_error("roles_reason", _("Escribe el motivo del cambio."))
        return cleaned


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    """Accounts: nobody raises themselves, nobody is deleted, roles have a reason."""

    form = PersonForm
    add_form = NewPersonForm
    add_fieldsets = (
        (None, {"fields": ("username", "first_name", "last_name", "email")}),
    )
    list_display = ("username", "email", "first_name", "last_name", "is_active")
    list_filter = ("is_active", "groups")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Persona"), {"fields": ("first_name", "last_name", "email")}),
        (_("Cuenta"), {"fields": ("is_active",)}),
        (_("Roles"), {"fields": ("roles", "roles_reason")}),
        (_("Fechas"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")

    def has_delete_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        """Return False: what a person did keeps their name; deactivate instead."""
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        """Return whether the account may be changed: never one's own from here."""
        if obj is not None and (
            obj.pk == request.user.pk
            or (obj.is_superuser and not request.user.is_superuser)
        ):
            return False
        return super().has_change_permission(request, obj)

    def get_readonly_fields(
        self, request: HttpRequest, obj: User | None = None
    ) -> tuple[str, ...]:
        """Return the fields shown only; the address of a second pair of eyes is one.

        Whoever changes it could reset the password and sign in as that person, so
        not even a superuser does: people change their own at /cuenta/email/.
        """
        if obj is not None and (
            obj.is_superuser or role_codes(obj) & NEEDS_SECOND_ADMINISTRATOR
        ):
            return (*self.readonly_fields, "email")
        return tuple(self.readonly_fields)

    def user_change_password(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> Any:
        """Refuse: people set their own password, by e-mail if they forgot it."""
        raise PermissionDenied

    def save_model(
        self, request: HttpRequest, obj: User, form: Any, change: bool
    ) -> None:
        """Save the account, then its roles through their action."""
        super().save_model(request, obj, form, change)
        if not change or not isinstance(request.user, User):
            return
        if not obj.is_active:
            end_sessions(user=obj)
        if set(form.cleaned_data["roles"]) == form.held:
            return
        try:
            outcome = change_roles(
                actor=request.user,
                user=obj,
                roles=form.cleaned_data["roles"],
                reason=form.cleaned_data["roles_reason"],
            )
        except RoleChangeRefusedError as refused:
            self.message_user(request, refused.text, messages.ERROR)
            return
        if outcome.waiting:
            self.message_user(
                request,
                _("Otra persona de administración debe confirmar: %(roles)s.")
                % {"roles": ", ".join(outcome.waiting)},
                messages.WARNING,
            )
        if ADMINISTRATOR in outcome.added:
            self.message_user(
                request,
                _(
                    "No hay otra persona de administración: el rol se dio sin "
                    "confirmar, y esa cuenta nunca podrá confirmar lo que pidas tú."
                ),
                messages.WARNING,
            )


@admin.register(RoleChange)
class RoleChangeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who gave which role to whom; waiting changes are confirmed or refused here."""

    list_display = (
        "requested_at", "user", "added", "removed", "state", "requested_by",
        "decided_by", "reason",
    )  # fmt: skip
    list_filter = ("state",)
    list_display_links = None
    list_select_related = ("user", "requested_by", "decided_by")
    actions = ("confirm", "refuse")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: changes are made in the account."""
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: RoleChange | None = None
    ) -> bool:
        """Return False: the record is kept."""
        return False

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse: a change is decided in the list, never edited."""
        raise PermissionDenied

    @admin.action(description=_("Confirmar"), permissions=["change"])
    def confirm(self, request: HttpRequest, rows: QuerySet[RoleChange]) -> None:
        """Confirm the chosen changes as second administrator."""
        self._decide(request, rows, confirm_role_change)

    @admin.action(description=_("Rechazar"), permissions=["change"])
    def refuse(self, request: HttpRequest, rows: QuerySet[RoleChange]) -> None:
        """Refuse the chosen changes."""
        self._decide(request, rows, refuse_role_change)

    def _decide(
        self, request: HttpRequest, rows: QuerySet[RoleChange], act: Any
    ) -> None:
        for change in rows:
            try:
                act(actor=request.user, change_id=change.pk)
            except RoleChangeRefusedError as refused:
                self.message_user(request, refused.text, messages.ERROR)


@admin.register(SignInAttempt)
class SignInAttemptAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who failed to sign in from where; deleting a row unlocks at once."""

    list_display = ("when", "name", "address", "failures")
    fields = readonly_fields = list_display
    search_fields = ("username",)

    @admin.display(description=_("Último intento"), ordering="attempt_time")
    def when(self, row: SignInAttempt) -> Any:
        """Return the instant of the last attempt."""
        return row.attempt_time

    @admin.display(description=_("Usuario"), ordering="username")
    def name(self, row: SignInAttempt) -> str:
        """Return the name as it is counted, in lower case."""
        return str(row.username or "")

    @admin.display(description=_("Dirección IP"), ordering="ip_address")
    def address(self, row: SignInAttempt) -> str:
        """Return the address the attempts came from; "" when unknown."""
        return str(row.ip_address or "")

    @admin.display(description=_("Intentos fallidos"), ordering="failures_since_start")
    def failures(self, row: SignInAttempt) -> int:
        """Return how many attempts failed since the last success."""
        return int(row.failures_since_start)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: axes counts."""
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: SignInAttempt | None = None
    ) -> bool:
        """Return False: a count is deleted, never edited."""
        return False
