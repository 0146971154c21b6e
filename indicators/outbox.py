"""Ask for a task inside a transaction; the scheduler's process publishes it.

No request speaks to the broker: a silent Redis would hold it, and a task published
before the commit could run on rows that never came to be. A task asked for is done at
least once, so every task must bear being done twice; a second run beside the first,
or after it has ended, is turned away here.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from celery import Task
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Count, F, Min, Q
from django.utils import timezone
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError as BrokerError

from indicators.models import AskedTask

logger = logging.getLogger(__name__)

TASK_ID_PREFIX: Final = "asked-"
LARGEST_BATCH: Final = 200
# A broker that lost its memory says nothing: what is not done by then goes out again.
PUBLISH_AGAIN_AFTER: Final = timedelta(minutes=10)
LOOK_AGAIN_AFTER: Final = timedelta(seconds=30)
# While the broker is away; it may come back any moment.
BROKER_PATIENCE_S: Final = (5, 10, 20, 40, 60)
# After the task itself failed; then a person must look.
TRY_AGAIN_AFTER: Final = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)
# A task may wait behind the longest load before somebody should wonder.
STUCK_AFTER: Final = timedelta(hours=1)
KEEP_DONE: Final = timedelta(days=30)
_ERROR_LENGTH: Final = 300
# The first of two numbers of our advisory locks, apart from all others.
_LOCKS: Final = 20300001


@dataclass(frozen=True, slots=True)
class OutboxState:
    """How many tasks wait, and those a person should look at.

    `stuck` counts tasks given up after repeated failures and tasks not done within
    an hour of being due; `oldest_asked_at` is None when nothing waits.
    """

    waiting: int
    stuck: int
    oldest_asked_at: datetime | None


def ask(*, task: str, arguments: Mapping[str, Any], key: str) -> bool:
    """Return whether the task was newly asked for; the same key asks once, for ever.

    `task` is the dotted name of a Celery task, `arguments` its keyword arguments as
    JSON. The row is part of the caller's transaction: after a rollback nobody asked.

    Raises:
        ImportError: no module has such a name.
        TypeError: the name is not that of a task.
    """
    found = import_string(task)
    if not hasattr(found, "apply_async"):
        raise TypeError(f"{task} is no task")
    _row, is_new = AskedTask.objects.get_or_create(
        key=key,
        defaults={
            "task": found.name,
            "arguments": dict(arguments),
            "due_at": timezone.now(),
        },
    )
    return is_new


def publish_due(*, app: Any) -> int:
    """Return how many tasks that are due were handed to the broker of a Celery app.

    Several may run at once: each takes rows that no other has taken. A broker that
    does not answer ends the round; those tasks come again, ever later up to a minute.
    """
    published = 0
    with transaction.atomic():
        for row in _due().select_for_update(skip_locked=True)[:LARGEST_BATCH]:
            try:
                _send(app, row)
            except (BrokerError, OSError) as error:
                _note_silence(row, error)
                break
            published += 1
    return published


def _due() -> Any:
    open_tasks = AskedTask.objects.filter(done_at=None, gave_up_at=None)
    return open_tasks.filter(due_at__lte=timezone.now()).order_by("due_at", "pk")


def _send(app: Any, row: AskedTask) -> None:
    app.send_task(
        row.task,
        kwargs=row.arguments,
        task_id=f"{TASK_ID_PREFIX}{row.pk}",
        retry=True,
        # Once more on a fresh connection: the old one may be of a broker that went.
        retry_policy={"max_retries": 1, "interval_start": 0, "interval_max": 0},
    )
    now = timezone.now()
    AskedTask.objects.filter(pk=row.pk).update(
        published_at=now,
        publications=F("publications") + 1,
        due_at=now + PUBLISH_AGAIN_AFTER,
    )


def _note_silence(row: AskedTask, error: Exception) -> None:
    logger.warning("the broker did not take %s: %s", row.key, error)
    waited_s = (timezone.now() - row.asked_at).total_seconds()
    patience_s = next(
        (step for step in BROKER_PATIENCE_S if waited_s < step), BROKER_PATIENCE_S[-1]
    )
    AskedTask.objects.filter(pk=row.pk).update(
        due_at=timezone.now() + timedelta(seconds=patience_s),
        last_error=f"{type(error).__name__}: {error}"[:_ERROR_LENGTH],
    )


class ConfirmedTask(Task):  # type: ignore[type-arg]
    """A task that crosses its row off when it is done.

    Called directly, or published by somebody else, it is a task like any other.
    """

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return what the task returns; None when another run of it suffices."""
        name = str(self.request.id or "")
        if not name.startswith(TASK_ID_PREFIX):
            return super().__call__(*args, **kwargs)
        number = int(name.removeprefix(TASK_ID_PREFIX))
        with connection.cursor() as cursor:
            # A session lock: a killed worker lets go of it with its connection.
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCKS, number])
            if not cursor.fetchone()[0]:
                # That one may have been killed this moment: look again soon.
                logger.info("%s %s runs elsewhere", self.name, name)
                _look_again(number)
                return None
        try:
            return self._done_once(number, args, kwargs)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCKS, number])

    def _done_once(self, number: int, args: Any, kwargs: Any) -> Any:
        rows = AskedTask.objects.filter(pk=number, done_at=None)
        if not rows.exists():
            logger.info("%s %s%s is done", self.name, TASK_ID_PREFIX, number)
            return None
        try:
            result = super().__call__(*args, **kwargs)
        except Exception as error:
            _note_failure(rows, error)
            raise
        rows.update(done_at=timezone.now(), gave_up_at=None)
        return result


def _look_again(number: int) -> None:
    AskedTask.objects.filter(pk=number, done_at=None, gave_up_at=None).update(
        due_at=timezone.now() + LOOK_AGAIN_AFTER
    )


def _note_failure(rows: Any, error: Exception) -> None:
    row = rows.get()
    row.failures += 1
    row.last_error = f"{type(error).__name__}: {error}"[:_ERROR_LENGTH]
    if row.failures > len(TRY_AGAIN_AFTER):
        row.gave_up_at = timezone.now()
    else:
        row.due_at = timezone.now() + TRY_AGAIN_AFTER[row.failures - 1]
    row.save()


def outbox_state() -> OutboxState:
    """Return what waits and what is stuck; one query."""
    late = timezone.now() - STUCK_AFTER
    waits = Q(done_at=None, gave_up_at=None)
    row = AskedTask.objects.filter(done_at=None).aggregate(
        waiting=Count("pk", filter=waits),
        stuck=Count(
            "pk", filter=Q(gave_up_at__isnull=False) | waits & Q(asked_at__lt=late)
        ),
        oldest=Min("asked_at", filter=waits),
    )
    return OutboxState(row["waiting"], row["stuck"], row["oldest"])


class NotGivenUp(Exception):
    """The task is done, or waits, or never was."""


def given_up() -> list[AskedTask]:
    """Return the tasks that were given up, the newest first, 50 at most."""
    rows = AskedTask.objects.filter(gave_up_at__isnull=False).order_by("-gave_up_at")
    return list(rows[:50])


def ask_again(*, number: int, who: User, why: str) -> None:
    """Let a task that was given up fall due now, with all of its tries.

    Who and why stand in the admin's log of the task, from the same transaction.

    Raises:
        NotGivenUp: somebody was faster.
    """
    with transaction.atomic():
        rows = AskedTask.objects.select_for_update().filter(gave_up_at__isnull=False)
        row = rows.filter(pk=number).first()
        if row is None:
            raise NotGivenUp(number)
        row.gave_up_at, row.failures, row.due_at = None, 0, timezone.now()
        row.save()
        LogEntry.objects.log_actions(who.pk, [row], CHANGE, change_message=why)


def forget_done() -> int:
    """Return how many tasks done more than 30 days ago were forgotten."""
    old = AskedTask.objects.filter(done_at__lt=timezone.now() - KEEP_DONE)
    return int(old.delete()[0])
