"""What works, what is limited and what does not, in words for everybody."""

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from indicators.models import ScheduleMark, SourceFile
from indicators.outbox import OutboxState, outbox_state
from indicators.reminders.sending import stuck_reminders
from indicators.subscriptions.sending import stuck_mails
from tocache.health import database_state, redis_and_worker
from tocache.heartbeat import redis_client
from tocache.schedule import ALIVE

Word = Literal["ok", "limited", "down"]

FULL_AT_PERCENT: Final = 85
# The schedule leaves its sign every few seconds.
SCHEDULE_SILENT_AFTER: Final = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ServiceState:
    """One part: its name, a word for its state, and what that means for a reader."""

    name: str
    state: Word
    effect: str

    @property
    def word(self) -> str:
        """Return the state in the page's language."""
        return {
            "ok": _("Funciona"),
            "limited": _("Con límites"),
            "down": _("No responde"),
        }[self.state]

    @property
    def shape(self) -> str:
        """Return the name of the drawing beside the word."""
        return {"ok": "star", "limited": "diamond", "down": "down"}[self.state]

    @property
    def tone(self) -> str:
        """Return the name of the colour of both."""
        return {"ok": "met", "limited": "limited", "down": "worse"}[self.state]


@dataclass(frozen=True, slots=True)
class Services:
    """The parts that answer or do not, asked just now."""

    web: ServiceState
    database: ServiceState
    redis: ServiceState
    worker: ServiceState

    def __iter__(self) -> Iterator[ServiceState]:
        """Return the parts in the order in which a page shows them."""
        return iter((self.web, self.database, self.redis, self.worker))


def service_states() -> Services:
    """Return the state of each part; none is waited for longer than two seconds."""
    database = database_state()
    redis, worker = redis_and_worker(redis_client())
    return Services(
        web=ServiceState(_("Páginas"), "ok", _("Esta página te llegó.")),
        database=ServiceState(
            _("Base de datos"),
            "ok" if database == "ok" else "down",
            ""
            if database == "ok"
            else _("Sin ella no hay números que mostrar. Nada guardado se pierde."),
        ),
        redis=ServiceState(
            _("Memoria rápida (Redis)"),
            "ok" if redis == "ok" else "down",
            ""
            if redis == "ok"
            else _("Las páginas salen igual, más despacio. Las tareas esperan."),
        ),
        worker=ServiceState(
            _("Trabajador de cargas y envíos"),
            "ok" if worker == "ok" else "down",
            ""
            if worker == "ok"
            else _("Las cargas y los envíos esperan. Ninguno se pierde."),
        ),
    )


def upkeep_states() -> tuple[ServiceState, ...]:
    """Return the schedule, the tasks asked for, the disk, the mails, the kept files.

    Reads the database: five queries.
    """
    now = timezone.now()
    return (
        _schedule(),
        _tasks(outbox_state()),
        disk_state(_used_percent()),
        _mails(len(stuck_mails(now=now)) + stuck_reminders(now=now)),
        _files(SourceFile.objects.filter(missing_since__isnull=False).count()),
    )


def _schedule() -> ServiceState:
    mark = ScheduleMark.objects.filter(name=ALIVE).first()
    alive = mark and timezone.now() - mark.followed_to < SCHEDULE_SILENT_AFTER
    return ServiceState(
        _("Programación"),
        "ok" if alive else "down",
        ""
        if alive
        else _(
            "Ninguna carga empieza hasta que vuelva. Entonces se recupera la última."
        ),
    )


def _tasks(state: OutboxState) -> ServiceState:
    waiting = ngettext(
        "%(n)s tarea espera.", "%(n)s tareas esperan.", state.waiting
    ) % {"n": state.waiting}
    if not state.stuck:
        return ServiceState(_("Tareas pedidas"), "ok", waiting)
    stuck = ngettext(
        "%(n)s está atascada: una persona debe mirarla.",
        "%(n)s están atascadas: una persona debe mirarlas.",
        state.stuck,
    ) % {"n": state.stuck}
    return ServiceState(_("Tareas pedidas"), "limited", f"{waiting} {stuck}")


def _mails(stuck: int) -> ServiceState:
    if not stuck:
        return ServiceState(_("Avisos por correo"), "ok", "")
    words = ngettext(
        "%(n)s aviso no sale desde hace más de una hora. Se sigue intentando.",
        "%(n)s avisos no salen desde hace más de una hora. Se sigue intentando.",
        stuck,
    ) % {"n": stuck}
    return ServiceState(_("Avisos por correo"), "limited", words)


def disk_state(used_percent: int) -> ServiceState:
    """Return the state of a disk that is used to a share; limited from 85 % on."""
    used = _("Usado al %(percent)s %%.") % {"percent": used_percent}
    if used_percent < FULL_AT_PERCENT:
        return ServiceState(_("Disco"), "ok", used)
    advice = _("Una persona debe hacer sitio pronto.")
    return ServiceState(_("Disco"), "limited", f"{used} {advice}")


def _used_percent() -> int:
    usage = shutil.disk_usage(settings.VAR_DIR)
    # As df says it: what is kept for root is free to nobody else.
    return round(100 * usage.used / (usage.used + usage.free))


def _files(missing: int) -> ServiceState:
    if not missing:
        return ServiceState(_("Archivos guardados"), "ok", "")
    told = ngettext(
        "Falta %(n)s archivo de una fuente. Sus números siguen.",
        "Faltan %(n)s archivos de las fuentes. Sus números siguen.",
        missing,
    ) % {"n": missing}
    return ServiceState(_("Archivos guardados"), "limited", told)
