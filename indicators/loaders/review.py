"""A held load and the person who decides: the same rules for every kind of load.

Zones are published by a worker: a file of twenty thousand takes longer than a request
may. The person's decision is kept in the state `approved` until then.
"""

from django.contrib.auth.models import User
from django.db import transaction

from indicators.loaders import alerts, annual_loss, production, zones
from indicators.loaders.alert_rows import ALERT_SOURCES
from indicators.loaders.derive import hold_indicators
from indicators.loaders.pipeline import finish, move, source_lock
from indicators.models import Load, Source
from indicators.outbox import ask


def publish_held(*, load: Load, who: User, why: str) -> Load:
    """Return a held load as published by a person other than who asked for it.

    A load of zones is returned as approved: a worker publishes it. What the person
    saw must still be what happens.

    Raises:
        ValueError: no reason, the load is not held, who asked for it publishes it,
            or what is published has changed since; a sentence for the person.
    """
    if not why.strip():
        raise ValueError("Escribe por qué se publica.")
    code = load.source.code
    if code in zones.ZONE_SOURCES:
        return _approve(load, who, why.strip())
    if code in ALERT_SOURCES:
        publish = alerts.publish
    else:
        kind = production if code in production.SOURCE_CODES else annual_loss
        publish = kind.publish
        if changed := kind.compared_anew(load):
            raise ValueError(changed)
    with transaction.atomic():
        # One publication of a source at a time, whatever was compared before.
        sources = Source.objects.select_for_update(no_key=True)
        hold_indicators(sources.get(pk=load.source_id).derivations.all())
        held = _held(load, who)
        held.reviewed_by = who
        return publish(held, reason=why.strip())


def publish_approved(load: Load) -> Load:
    """Return an approved load as published; one that is not approved as it is.

    What cannot be published is held again with the reason, for a person to decide
    anew. A worker killed half-way changed nothing, so the next one begins anew.

    Raises:
        SourceBusy: another load of this source is running.
    """
    with source_lock(load.source.code), transaction.atomic():
        approved = Load.objects.select_for_update().get(pk=load.pk)
        if approved.state != Load.State.APPROVED:
            return approved
        why, held_because = approved.reason, approved.report["held_because"]
        try:
            with transaction.atomic():
                return zones.publish(approved, reason=why)
        except ValueError as error:
            approved.report["not_published"] = f"No se publicó («{why}»): {error}"
            approved.reviewed_by = None
            return finish(approved, Load.State.HELD, reason=held_because)


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


def _approve(load: Load, who: User, why: str) -> Load:
    with transaction.atomic():
        held = _held(load, who)
        tries = held.report.get("approvals", 0) + 1
        held.report |= {"held_because": held.reason, "approvals": tries}
        held.reviewed_by, held.reason = who, why
        ask(
            task="indicators.tasks.publish_load",
            arguments={"load_id": held.pk},
            # Held again, it may be approved again.
            key=f"publish-load-{held.pk}-{tries}",
        )
        return move(held, Load.State.APPROVED)


def _held(load: Load, who: User) -> Load:
    held = Load.objects.select_for_update().get(pk=load.pk)
    if held.state != Load.State.HELD:
        raise ValueError("Esta carga ya no está retenida.")
    if held.requested_by_id == who.pk:
        raise ValueError("Quien subió el archivo no puede publicarlo ni descartarlo.")
    return held
