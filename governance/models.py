from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from indicators.models import ActorGroup, Axis, Goal
from indicators.models.plan import Confidence, PlanItem


class AgendaAction(PlanItem):
    """An action of the territorial agenda; the plan prints no owner, no indicator."""

    slug = models.SlugField(max_length=80)
    axis = models.ForeignKey(Axis, on_delete=models.PROTECT, related_name="agenda")
    text_es = models.TextField()
    text_en = models.TextField()
    linked_goals = models.ManyToManyField(
        Goal, related_name="agenda", blank=True, help_text="Our proposal."
    )

    class Meta(PlanItem.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["plan_version", "code"], name="one_agenda_code"
            )
        ]


class GovernanceAction(PlanItem):
    """An action to strengthen governance, with the actors printed beside it."""

    slug = models.SlugField(max_length=80)
    text_es = models.TextField()
    text_en = models.TextField()
    actors_es = models.CharField(max_length=200)
    actors_en = models.CharField(max_length=200)
    actor_groups = models.ManyToManyField(ActorGroup, related_name="actions")
    match_confidence = models.CharField(max_length=8, choices=Confidence)
    is_number_doubtful = models.BooleanField(default=False)

    class Meta(PlanItem.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["plan_version", "code"], name="one_governance_action_code"
            )
        ]


class ReengineeringPoint(PlanItem):
    """A change of the governance body that the participants asked for."""

    slug = models.SlugField(max_length=80)
    text_es = models.TextField()
    text_en = models.TextField()

    class Meta(PlanItem.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["plan_version", "code"], name="one_reengineering_code"
            )
        ]


class GovernanceSpace(PlanItem):
    """A body or round table in which the plan is governed."""

    name_es = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    level = models.CharField(max_length=20)
    role_es = models.TextField(blank=True)
    role_en = models.TextField(blank=True)

    class Meta(PlanItem.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["plan_version", "code"], name="one_space_code"
            )
        ]


class PersonSession(AbstractBaseSession):
    """A session with its person, so that a change of role can end it."""

    person_id = models.BigIntegerField("persona", null=True, blank=True, db_index=True)

    class Meta(AbstractBaseSession.Meta):
        verbose_name = "sesión"
        verbose_name_plural = "sesiones"

    @classmethod
    def get_session_store_class(cls) -> Any:
        from governance.sessions import SessionStore

        return SessionStore


class SignInAttempt(AccessAttempt):  # type: ignore[misc]
    """Wrong passwords of one name from one address; axes counts them."""

    class Meta:
        proxy = True
        default_permissions = ("view", "delete")
        verbose_name = "intento de entrar"
        verbose_name_plural = "intentos de entrar"


class RoleChange(models.Model):
    """Who gave or took which role, when and why. Kept for good.

    Capabilities and the administration wait for a second administrator; the rest is
    applied at once.
    """

    class State(models.TextChoices):
        """Life of a change of roles."""

        WAITING = "waiting", "Espera a otra persona de administración"
        APPLIED = "applied", "Aplicado"
        REFUSED = "refused", "Rechazado"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="role_changes",
        verbose_name="persona",
    )
    added = models.JSONField("roles que se dan", default=list, blank=True)
    removed = models.JSONField("roles que se quitan", default=list, blank=True)
    reason = models.TextField("motivo")
    state = models.CharField("estado", max_length=8, choices=State)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="role_changes_requested",
        verbose_name="pedido por",
    )
    requested_at = models.DateTimeField("pedido el", db_default=Now())
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="role_changes_decided",
        null=True,
        blank=True,
        verbose_name="decidido por",
    )
    decided_at = models.DateTimeField("decidido el", null=True, blank=True)

    class Meta:
        ordering = ["-requested_at", "-pk"]
        verbose_name = "cambio de roles"
        verbose_name_plural = "cambios de roles"
        constraints = [
            models.CheckConstraint(
                condition=~Q(requested_by=F("user")), name="nobody_changes_own_roles"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | ~Q(decided_by=F("requested_by")) & ~Q(decided_by=F("user")),
                name="role_change_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=False, decided_at__isnull=False)
                | ~Q(state="refused"),
                name="role_change_refused_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="role_change_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} +{self.added} -{self.removed}"
