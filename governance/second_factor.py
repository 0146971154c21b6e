"""Second factors: their secrets lie sealed in the database."""

import base64
import hashlib

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings


class SealedMfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keep the secrets of authenticators encrypted under the site's secret key.

    A dump of the database alone must not be enough to sign in as somebody. Whoever
    changes SECRET_KEY has everybody set up the second factor again.
    """

    def encrypt(self, text: str) -> str:
        """Return the text sealed."""
        return _seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the text of a seal."""
        return _seal().decrypt(encrypted_text.encode()).decode()


def _seal() -> Fernet:
    key = hashlib.sha256(b"second factor" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
