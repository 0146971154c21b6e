"""A held load and the person who decides: the same rules for every kind of load."""

from django.contrib.auth.models import User
from django.db import transaction

from indicators.loaders import alerts, annual_loss, production, zones
from indicators.loaders.alert_rows import ALERT_SOURCES
from indicators.loaders.pipeline import finish
from indicators.models import Load, Source


def publish_held(*, load: Load, who: User, why: str) -> Load:
    """Return a held load as published by a person other than who asked for it.

    What the person saw must still be what happens.

    Raises:
        ValueError: no reason, the load is not held, who asked for it publishes it,
            or what is published has changed since; a sentence for the person.
    """
    if not why.strip():
        raise ValueError("Escribe por qué se publica.")
    code = load.source.code
    if code in ALERT_SOURCES:
        publish = alerts.publish
    elif code in zones.ZONE_SOURCES:
        publish = zones.publish
    else:
        kind = production if code in production.SOURCE_CODES else annual_loss
        publish = kind.publish
        if changed := kind.compared_anew(load):
            raise ValueError(changed)
    with transaction.atomic():
        # One publication of a source at a time, whatever was compared before.
        Source.objects.select_for_update(no_key=True).get(pk=load.source_id)
        held = _held(load, who)
        held.reviewed_by = who
        return publish(held, reason=why.strip())


def discard_held(*, load: Load, who: User, why: str) -> Load:
    """Return a held load as discarded; what was published stays.

    Raises:
        ValueError: the load is not held, who asked for it discards it, or no reason.
    """
    if not why.strip():
        raise ValueError("Escribe por qué se descarta.")
    with transaction.atomic():
        held = _held(load, who)
        held.reviewed_by = who
        return finish(held, Load.State.DISCARDED, reason=why.strip())


def _held(load: Load, who: User) -> Load:
    held = Load.objects.select_for_update().get(pk=load.pk)
    if held.state != Load.State.HELD:
        raise ValueError("Esta carga ya no está retenida.")
    if held.requested_by_id == who.pk:
        raise ValueError("Quien subió el archivo no puede publicarlo ni descartarlo.")
    return held
