"""The texts of the mails: neutral, plain with a light HTML twin, nothing fetched.

A mail may be read on a shared phone: it names no place that was drawn, no person,
and its subject says neither what nor where.
"""

import datetime as dt
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from indicators.models import RiseNotice, Subscription, SubscriptionMail
from indicators.series.words import made_up_alerts
from indicators.subscriptions.figures import SourceLine, zone_now
from indicators.subscriptions.seals import opened, stop_token

_FOLDER = "indicators/subscriptions/mail"


def confirm_mail(mail: SubscriptionMail, token: str) -> EmailMultiAlternatives:
    """Return the mail that asks an address whether it wants the notices."""
    row = mail.subscription
    with translation.override(_language(row)):
        path = reverse("indicators:notice-confirm", args=[row.public_id, token])
        return _mail(
            mail,
            subject=_("Confirma tu correo"),
            name="confirm",
            context={"link": settings.SITE_URL + path},
        )


def period_mail(
    mail: SubscriptionMail, lines: Sequence[SourceLine]
) -> EmailMultiAlternatives:
    """Return the mail of a week or month, one line a source."""
    with translation.override(_language(mail.subscription)):
        context = {"lines": _said(lines), **_period(mail)}
        return _mail(mail, subject=_("Tu resumen"), name="period", context=context)


def rise_mail(
    mail: SubscriptionMail, notice: RiseNotice, lines: Sequence[SourceLine]
) -> EmailMultiAlternatives:
    """Return the mail of an unusual rise in a district the area touches."""
    with translation.override(_language(mail.subscription)):
        context = {"lines": _said(lines), "notice": notice, **_period(mail)}
        return _mail(mail, subject=_("Hay una novedad"), name="rise", context=context)


def ended_mail(mail: SubscriptionMail) -> EmailMultiAlternatives:
    """Return the last mail of a subscription: its zone is no longer published."""
    row = mail.subscription
    assert row.zone is not None
    with translation.override(_language(row)):
        context = {
            "zone": row.zone.name,
            "ended": mail.period_start,
            "link": settings.SITE_URL + reverse("indicators:notice-form"),
        }
        return _mail(
            mail, subject=_("Tus avisos terminan"), name="ended", context=context
        )


def _mail(
    mail: SubscriptionMail, *, subject: str, name: str, context: dict[str, object]
) -> EmailMultiAlternatives:
    row = mail.subscription
    stop_path = reverse("indicators:notice-stop", args=[stop_token(str(row.public_id))])
    context |= {
        "stop": settings.SITE_URL + stop_path,
        "site_url": settings.SITE_URL,
        "lang": row.language,
        "subject": subject,
    }
    host = settings.SITE_URL.split("//")[-1].split(":")[0]
    made = EmailMultiAlternatives(
        subject=f"{settings.EMAIL_SUBJECT_NAME}: {subject}",
        body=render_to_string(f"{_FOLDER}/{name}.txt", context),
        to=[opened(row.sealed_address)],
        headers={
            # The same mail sent twice, when a line broke, is one in the mailbox.
            "Message-ID": f"<notice-{row.public_id.hex}-{mail.pk}@{host}>",
            # RFC 8058: the mail program's own button, one click.
            "List-Unsubscribe": f"<{context['stop']}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
    made.attach_alternative(
        render_to_string(f"{_FOLDER}/{name}.html", context), "text/html"
    )
    return made


def _said(lines: Sequence[SourceLine]) -> list[dict[str, object]]:
    english = (translation.get_language() or "").startswith("en")
    return [
        {
            "name": made_up_alerts()
            if line.is_synthetic
            else (line.name_en if english else line.name_es),
            "area_ha": line.area_ha,
            "alerts": line.alerts,
            "data_to": line.data_to,
            "is_synthetic": line.is_synthetic,
            "levels": [
                (_confidence(level.value), count) for level, count in line.by_confidence
            ],
        }
        for line in lines
    ]


def _confidence(level: int) -> str:
    return {2: _("nominal"), 3: _("alta"), 4: _("muy alta")}[level]


def _period(mail: SubscriptionMail) -> dict[str, object]:
    last = mail.period_end - dt.timedelta(days=1)
    return {
        "first": mail.period_start,
        "last": last,
        "sent_on": timezone.localdate(),
        "link": settings.SITE_URL + _list_path(mail.subscription, mail, last),
    }


def _list_path(row: Subscription, mail: SubscriptionMail, last: dt.date) -> str:
    """Return the list of alerts with the mail's filter; the home page without one."""
    asked = {"desde": mail.period_start.isoformat(), "hasta": last.isoformat()}
    if row.district is not None:
        asked = {"distrito": row.district.ubigeo, **asked}
    elif row.zone is not None:
        asked = {"zona": str(zone_now(row.zone).pk), **asked}
    try:
        return f"{reverse('indicators:alert-list')}?{urlencode(asked)}"
    except NoReverseMatch:
        return reverse("home")


def _language(row: Subscription) -> str:
    return "en" if row.language == "en" else "es-pe"
