"""Which reminders are due, and what each says when its time comes."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMultiAlternatives
from django.db.models import Max
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from indicators.mailing import send_waiting, stuck
from indicators.models import ReminderMail
from indicators.reminders.occasions import occasion_of
from indicators.reminders.owed import Owed, owed_by, recorders
from indicators.yearly.writing import RECORD

_FOLDER = "indicators/reminders/mail"


def plan_reminders(*, today: dt.date) -> int:
    """Return how many reminders are newly due; asked twice, the second finds none.

    `today` is Lima's. People without an address are left to the panel.
    """
    people = [person.pk for person in recorders() if person.email]
    mails = ReminderMail.objects.filter(user_id__in=people).order_by()
    last = dict(mails.values_list("user_id").annotate(last=Max("asked_at")))
    return sum(
        _plan(user_id, owed, today, last.get(user_id))
        for user_id, owed in owed_by(people, today=today).items()
    )


def _plan(user_id: int, owed: Owed, today: dt.date, last: dt.datetime | None) -> bool:
    due = [group.due_on for group in owed.groups]
    occasion = occasion_of(due=due, today=today)
    if occasion is not None and _ask(user_id, *occasion):
        return True
    is_new = any(last is None or one.returned_at > last for one in owed.returned)
    return is_new and _ask(user_id, ReminderMail.Occasion.RETURNED, today)


def _ask(user_id: int, occasion: str, period: dt.date) -> bool:
    now = timezone.now()
    _row, is_new = ReminderMail.objects.get_or_create(
        user_id=user_id,
        occasion=occasion,
        period=period,
        defaults={"asked_at": now, "due_at": now},
    )
    return is_new


def send_reminders() -> int:
    """Return how many reminders left. Several senders may run: each row has one."""
    waiting = ReminderMail.objects.select_related("user")
    return send_waiting(waiting, message_of=_message)


def stuck_reminders(*, now: dt.datetime) -> int:
    """Return how many reminders wait for over an hour. One query."""
    return int(stuck(ReminderMail.objects, now=now).count())


def _message(mail: ReminderMail) -> EmailMultiAlternatives | None:
    """Return the summary as things stand now; None when nothing is owed any more."""
    user: User = mail.user
    if not (user.is_active and user.email and user.has_perm(RECORD)):
        return None
    # People have no language setting; the panel they go to is in both.
    with translation.override("es-pe"):
        owed = owed_by([user.pk], today=timezone.localdate())[user.pk]
        return _summary(mail, user, owed) if owed.count else None


def _summary(mail: ReminderMail, user: User, owed: Owed) -> EmailMultiAlternatives:
    subject = _("Valores por registrar")
    context: dict[str, Any] = {
        "owed": owed,
        "name": user.get_full_name() or user.username,
        "site": settings.SITE_URL,
        "link": settings.SITE_URL + reverse("panel:home"),
        "subject": subject,
        "lang": "es",
    }
    host = settings.SITE_URL.split("//")[-1].split(":")[0]
    made = EmailMultiAlternatives(
        subject=f"{settings.EMAIL_SUBJECT_NAME}: {subject}",
        body=render_to_string(f"{_FOLDER}/summary.txt", context),
        to=[user.email],
        headers={
            # The same mail sent twice, when a line broke, is one in the mailbox.
            "Message-ID": f"<reminder-{mail.pk}@{host}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    html = render_to_string(f"{_FOLDER}/summary.html", context)
    made.attach_alternative(html, "text/html")
    return made
