"""Rows of another table as a list within a row: part of the same query."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F
from django.db.models.functions import JSONObject


def listed(rows: Any, *names: str, **named: F) -> ArraySubquery:
    """Return rows as a list of objects with some of their fields, others renamed."""
    fields = {name: F(name) for name in names} | named
    return ArraySubquery(rows.values(json=JSONObject(**fields)))
