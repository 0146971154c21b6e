"""How often one reader may ask for something that costs work, by the hour or day."""

import hmac
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from indicators.api.edge import client_address

_HOUR_S: Final = 3_600
DAY_S: Final = 86_400


def asks_too_often(
    request: HttpRequest, *, what: str, most: int, within_s: int = _HOUR_S
) -> bool:
    """Return whether one reader asked more than `most` times in an hour for `what`.

    Or in another time. Counts this time. The reader's address is kept nowhere, only a
    keyed hash of it for that time. False while the counter is away.
    """
    secret = settings.SECRET_KEY.encode()
    who = hmac.new(secret, client_address(request).encode(), "sha256").hexdigest()
    key = f"{what}:{who}"
    cache.add(key, 0, within_s)
    try:
        return bool(cache.incr(key) > most)
    except ValueError:
        # That time ended between the two calls.
        return False
