"""Mails that wait in a table: each is taken by one sender, and sent once.

A mail server that refuses keeps nothing from anybody: the row stays and comes again,
ever later, until it was taken.
"""

import datetime as dt
import logging
import smtplib
from collections.abc import Callable
from typing import Any, Final, TypeVar

from cryptography.fernet import InvalidToken
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from indicators.models.mails import WaitingMail

logger = logging.getLogger(__name__)

BACK_OFF: Final = tuple(
    dt.timedelta(minutes=minutes) for minutes in (5, 30, 120, 480, 1440)
)
STUCK_AFTER: Final = dt.timedelta(hours=1)
MOST_AT_ONCE: Final = 200
State = WaitingMail.State


Row = TypeVar("Row", bound=WaitingMail)


def send_waiting(
    waiting: Any,
    *,
    message_of: Callable[[Row], EmailMultiAlternatives | None],
    after: Callable[[Row], None] | None = None,
) -> int:
    """Return how many mails of a queryset left. Several senders may run.

    `after` is called in the transaction of a mail that left.

    A row is taken, sent and marked in one transaction; a killed sender lets go of it.
    Should it die after the server took the mail, the same Message-ID goes out again.
    """
    sent = 0
    for _round in range(MOST_AT_ONCE):
        with transaction.atomic():
            mail = _taken(waiting)
            if mail is None:
                return sent
            if _try_one(mail, message_of):
                sent += 1
                if after is not None:
                    after(mail)
    return sent


def stuck(waiting: Any, *, now: dt.datetime) -> Any:
    """Return the mails asked for over an hour ago and not sent, oldest first."""
    late = Q(state=State.WAITING, asked_at__lt=now - STUCK_AFTER)
    return waiting.filter(late).order_by("asked_at", "pk")


def _taken(waiting: Any) -> Any:
    due = waiting.filter(state=State.WAITING, due_at__lte=timezone.now())
    return (
        due.select_for_update(skip_locked=True, of=("self",))
        .order_by("due_at", "pk")
        .first()
    )


def _try_one(
    mail: Any, message_of: Callable[[Any], EmailMultiAlternatives | None]
) -> bool:
    try:
        message = message_of(mail)
        if message is not None:
            with get_connection() as connection:
                connection.send_messages([message])
    except (smtplib.SMTPException, OSError, InvalidToken) as error:
        # An address sealed under another key must not hold back those behind it.
        _put_off(mail, error)
        return False
    mail.state = State.NOTHING if message is None else State.SENT
    mail.done_at = timezone.now()
    mail.attempts += 1
    mail.last_error = ""
    mail.save()
    return message is not None


def _put_off(mail: Any, error: Exception) -> None:
    # The server's own words may hold the address: only the kind is kept or logged.
    kind = type(error).__name__
    logger.warning("%s %s was not taken: %s", mail._meta.verbose_name, mail.pk, kind)
    wait = BACK_OFF[min(mail.attempts, len(BACK_OFF) - 1)]
    mail.attempts += 1
    mail.due_at = timezone.now() + wait
    mail.last_error = kind[:60]
    mail.save()
