"""Addresses and tokens: nothing in the database alone says whose they are."""

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.signing import BadSignature, Signer

_STOP = Signer(salt="subscription stop")


def sealed(address: str) -> str:
    """Return an address sealed under the site's secret key."""
    return _seal().encrypt(address.encode()).decode()


def opened(text: str) -> str:
    """Return the address of a seal.

    Raises:
        cryptography.fernet.InvalidToken: sealed under another key.
    """
    return _seal().decrypt(text.encode()).decode()


def address_hash(address: str) -> str:
    """Return a keyed hash, the same for any spelling in upper or lower case."""
    key = b"subscription address" + settings.SECRET_KEY.encode()
    return hmac.new(key, address.strip().casefold().encode(), "sha256").hexdigest()


def new_token() -> str:
    """Return a token nobody can guess, 43 characters."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return what the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def stop_token(public_id: str) -> str:
    """Return the token of the link that ends a subscription; it never expires."""
    return _STOP.sign(public_id)


def stopped_id(token: str) -> str | None:
    """Return the subscription's public number in a token; None if it is forged."""
    try:
        return _STOP.unsign(token)
    except BadSignature:
        return None


def _seal() -> Fernet:
    key = hashlib.sha256(b"subscription" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
