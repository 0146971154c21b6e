"""A load and a person who publish the same indicator at the same moment."""

import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from indicators.loaders.geobosques import Upload, load_annual_loss
from indicators.loaders.review import publish_held
from indicators.models import Indicator, Load, YearlyValue
from indicators.yearly.actions import withdraw_value
from tests import factories
from tests.faults.conftest import wait_until
from tests.loaders.conftest import Losses, published

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("is_held", [False, True])
def test_a_load_waits_for_who_withdraws_a_value_before_it_writes(
    is_held: bool,
    indicator: Indicator,
    table: Any,
    edition_2023: Losses,
    make_person: Any,
) -> None:
    reviewer, chief = make_person("reviewer"), make_person("administrator")
    typed = factories.YearlyValueFactory(
        indicator=indicator, place__ubigeo="990199", year=2022
    )
    file = Upload(body=table(edition_2023), name="tabla.csv")
    held = None
    if is_held:
        held = load_annual_loss(trigger=Load.Trigger.UPLOAD, upload=file)
        assert held.state == Load.State.HELD
    done: list[Load] = []

    def publish() -> None:
        try:
            if held is None:
                loaded = load_annual_loss(trigger=Load.Trigger.COMMAND, upload=file)
            else:
                loaded = publish_held(load=held, who=chief, why="Comprobada.")
            done.append(loaded)
        finally:
            connection.close()

    loader = threading.Thread(target=publish)
    with transaction.atomic():
        # As far as a person is who holds the indicator and has not written yet.
        Indicator.objects.select_for_update().get(pk=indicator.pk)
        loader.start()
        wait_until(somebody_waits)
        withdraw_value(
            actor=reviewer, value_id=typed.pk, lock_version=1, reason="Se midió mal."
        )
    loader.join(60)
    assert [load.state for load in done] == [Load.State.PUBLISHED]
    assert published(indicator)[2023] == Decimal("1400.13")
    typed.refresh_from_db()
    assert typed.state == YearlyValue.State.WITHDRAWN
