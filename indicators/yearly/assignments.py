"""Who enters which indicators. Without an assignment nobody enters a value."""

from typing import Any

from django.contrib.auth.models import User

from indicators.models import Assignment, Indicator


def recordable_indicators() -> Any:
    """Return a queryset of the current plan's indicators whose values people may type.

    A list of steps has no yearly value: its steps are ticked off instead.
    """
    return (
        Indicator.objects.of_current_plan()
        .exclude(target_type=Indicator.TargetType.CHECKLIST)
        .select_related("goal__axis")
    )


def assigned_indicators(user: User) -> Any:
    """Return a queryset of the recordable indicators assigned to a person."""
    return recordable_indicators().filter(assignments__user_id=user.pk)


def is_assigned(user: User, indicator_id: int) -> bool:
    """Return whether a person enters the values of an indicator."""
    return Assignment.objects.of(user.pk).filter(indicator_id=indicator_id).exists()


def assign_all(user: User) -> int:
    """Return how many of the plan's indicators a person newly enters: all of them.

    For the demo's set-up: nobody stands behind it.
    """
    missing = recordable_indicators().exclude(assignments__user_id=user.pk)
    rows = [Assignment(user=user, indicator=indicator) for indicator in missing]
    return len(Assignment.objects.bulk_create(rows))
