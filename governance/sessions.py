"""Sessions that know whose they are, so that one person's can be ended at once.

The way of Django's manual, "Extending database-backed session engines".
"""

import re
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

_KEY = re.compile(r"[a-z0-9]{32}")


class SessionStore(DatabaseStore):
    """Database sessions with the signed-in person's id in a column."""

    def _validate_session_key(self, key: str | None) -> bool:
        """Return whether the key can be one of ours.

        Django looks at the length alone, and PostgreSQL refuses a NUL in a text.
        """
        return bool(key) and _KEY.fullmatch(str(key)) is not None

    @classmethod
    def get_model_class(cls) -> Any:
        """Return the session model; imported late, Django loads this file first."""
        from governance.models import PersonSession

        return PersonSession

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """Return the unsaved row; person_id is None while nobody is signed in."""
        row: Any = super().create_model_instance(data)
        person_id = data.get(SESSION_KEY)
        row.person_id = int(person_id) if person_id is not None else None
        return row
