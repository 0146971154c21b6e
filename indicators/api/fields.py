"""Fields of the API: a missing thing is null, a number is a JSON number."""

from typing import Any

from rest_framework import serializers


class TextField(serializers.CharField):
    """Text; an empty one is missing, so it is null."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_null=True, **kwargs)

    def to_representation(self, value: Any) -> Any:
        """Return the text, None for an empty one."""
        return str(value) or None


class NumberField(serializers.FloatField):
    """A decimal as JSON number, null when missing.

    The shortest text that gives back the same number is written, so 1182.06 stays
    1182.06. Exact up to 15 digits; the largest figure kept has 14.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_null=True, **kwargs)


class CodeField(serializers.CharField):
    """A natural key, never empty."""


def code_list(**kwargs: Any) -> serializers.ListField:
    """Return a field for a list of natural keys."""
    return serializers.ListField(child=serializers.CharField(), **kwargs)
