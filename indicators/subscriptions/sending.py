"""Which mails of notices are due, and what each says when its time comes."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from indicators.mailing import send_waiting, stuck
from indicators.models import RiseNotice, Subscription, SubscriptionMail
from indicators.subscriptions.actions import CONFIRM_WITHIN
from indicators.subscriptions.figures import SourceLine, lines_of, rises_in, zone_ended
from indicators.subscriptions.mails import (
    confirm_mail,
    ended_mail,
    period_mail,
    rise_mail,
)
from indicators.subscriptions.seals import new_token, token_hash

# Sources bring the last days late: a week is told from the Thursday after it.
WAIT_FOR_DATA: Final = dt.timedelta(days=3)
RISE_WEEKS: Final = 4

Kind = SubscriptionMail.Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class StuckMail:
    """A mail that waits too long; says nothing of whose it is."""

    mail_id: int
    kind: str
    asked_at: dt.datetime
    due_at: dt.datetime
    attempts: int
    last_error: str


def stuck_mails(*, now: dt.datetime) -> tuple[StuckMail, ...]:
    """Return mails asked for over an hour ago and not sent, oldest first. One query."""
    rows = stuck(SubscriptionMail.objects, now=now).values_list(
        "pk", "kind", "asked_at", "due_at", "attempts", "last_error"
    )
    return tuple(
        StuckMail(
            mail_id=pk,
            kind=kind,
            asked_at=asked_at,
            due_at=due_at,
            attempts=attempts,
            last_error=error,
        )
        for pk, kind, asked_at, due_at, attempts, error in rows
    )


def plan_mails(*, today: dt.date) -> int:
    """Return how many mails are newly due; asked twice, the second finds none.

    The last whole week or month that ended three days ago or more, and the rises of
    the last weeks found since the person confirmed. Of a zone that ended only that,
    once. `today` is Lima's.
    """
    planned = 0
    confirmed = Subscription.objects.exclude(confirmed_at=None).select_related("zone")
    for row in confirmed.iterator():
        if ended := zone_ended(row):
            planned += _plan(row, Kind.ENDED, ended, ended + dt.timedelta(days=1))
            continue
        if row.cadence == Subscription.Cadence.RISE:
            planned += _plan_rises(row, today)
            continue
        start, end = last_period(row.cadence, today)
        assert row.confirmed_at is not None
        if end > timezone.localdate(row.confirmed_at):
            planned += _plan(row, Kind.PERIOD, start, end)
    return planned


def last_period(cadence: str, today: dt.date) -> tuple[dt.date, dt.date]:
    """Return the last week or month whose data should have come, half open."""
    day = today - WAIT_FOR_DATA
    if cadence == Subscription.Cadence.MONTHLY:
        end = day.replace(day=1)
        return (end - dt.timedelta(days=1)).replace(day=1), end
    end = day - dt.timedelta(days=day.weekday())
    return end - dt.timedelta(days=7), end


def _plan_rises(row: Subscription, today: dt.date) -> int:
    since = today - dt.timedelta(weeks=RISE_WEEKS)
    notices = rises_in(row, since).filter(found_at__gte=row.confirmed_at)
    mondays = {notice.monday for notice in notices}
    week = dt.timedelta(days=7)
    return sum(_plan(row, Kind.RISE, day, day + week) for day in sorted(mondays))


def _plan(row: Subscription, kind: str, start: dt.date, end: dt.date) -> bool:
    now = timezone.now()
    _mail, is_new = SubscriptionMail.objects.get_or_create(
        subscription=row,
        kind=kind,
        period_start=start,
        defaults={"period_end": end, "asked_at": now, "due_at": now},
    )
    return is_new


def send_due() -> int:
    """Return how many mails left. Several senders may run: each row has one."""
    waiting = SubscriptionMail.objects.select_related(
        "subscription__district", "subscription__zone"
    )
    return send_waiting(waiting, message_of=_message, after=_forget_ended)


def _forget_ended(mail: SubscriptionMail) -> None:
    if mail.kind == Kind.ENDED:
        # The last mail: nothing of the person is kept.
        mail.subscription.delete()


def _message(mail: SubscriptionMail) -> EmailMultiAlternatives | None:
    """Return the mail as it goes out; None when there is nothing to say."""
    row = mail.subscription
    if mail.kind == Kind.CONFIRM:
        return _confirmation(mail)
    if mail.kind == Kind.ENDED:
        # A source may have the zone again since.
        return ended_mail(mail) if zone_ended(row) else None
    lines = lines_of(row, mail.period_start, mail.period_end)
    if mail.kind == Kind.RISE:
        notice = _notice(row, mail)
        return (
            rise_mail(mail, notice, lines) if notice and _enough(row, lines) else None
        )
    return period_mail(mail, lines) if _enough(row, lines) else None


def _confirmation(mail: SubscriptionMail) -> EmailMultiAlternatives | None:
    row = mail.subscription
    if row.confirmed_at is not None:
        return None
    # Made only now: the database never holds more than the hash of what is sent.
    token = new_token()
    row.confirm_hash = token_hash(token)
    row.confirm_until = timezone.now() + CONFIRM_WITHIN
    row.save()
    return confirm_mail(mail, token)


def _enough(row: Subscription, lines: tuple[SourceLine, ...]) -> bool:
    """Return whether any one source reaches the least area; they are never added."""
    return any(line.area_ha >= row.least_area_ha for line in lines)


def _notice(row: Subscription, mail: SubscriptionMail) -> RiseNotice | None:
    notices: Any = rises_in(row, mail.period_start).select_related("district")
    found: RiseNotice | None = notices.filter(monday=mail.period_start).first()
    return found
