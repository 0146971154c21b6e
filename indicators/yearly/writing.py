"""What every write of values shares: the right to it, one transaction, who and why."""

from collections.abc import Iterator
from contextlib import contextmanager

import pghistory
from django.contrib.auth.models import User
from django.db import transaction

from indicators.models import YearlyValue
from indicators.yearly.checks import ValueQuestion

RECORD = "indicators.record_value"
REVIEW = "indicators.review_value"


class ValueRefusedError(Exception):
    """An action that must not be.

    `code` is one of "not_allowed", "own_value", "wrong_state", "no_reason",
    "no_change_reason", "open_exists", "from_load", "impossible", "unconfirmed",
    "contradiction", "wrong_content", "published_meanwhile", "year_locked", "twice"; of
    evidence "same_file", "same_link", "too_many", "no_room", "gone"; of a year
    "no_session", "year_not_over", "year_busy", "year_closed", "year_open"; the page has
    the words. `questions` holds what was found about the value,
    `value_id` the row that stands in the way.
    """

    def __init__(
        self,
        code: str,
        questions: tuple[ValueQuestion, ...] = (),
        value_id: int | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.questions = questions
        self.value_id = value_id


class StaleValueError(Exception):
    """Somebody else saved since the page was opened; `current` is what is stored."""

    def __init__(self, current: YearlyValue) -> None:
        super().__init__(f"stored version {current.lock_version}")
        self.current = current


@contextmanager
def writing(actor: User, permission: str, reason: str = "") -> Iterator[None]:
    """One transaction whose history says who, in which role, and why.

    Raises:
        ValueRefusedError: the actor lacks the permission.
    """
    if not actor.has_perm(permission):
        raise ValueRefusedError("not_allowed")
    with (
        transaction.atomic(),
        pghistory.context(user=actor.pk, role=permission, reason=reason),
    ):
        yield
