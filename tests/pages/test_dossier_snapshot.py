"""A dossier while a load changes its cluster: all of it before, or all of it after."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from indicators.series.alert_dossier import Dossier, dossier
from tests.factories import write_cluster


@pytest.mark.django_db(transaction=True)
def test_the_parts_of_a_dossier_add_up_while_a_load_writes() -> None:
    cluster = write_cluster(ubigeo="990101", day=dt.date(2026, 1, 5))
    loader, asked = connection.copy(), []

    def load_after_the_first_query(
        execute: Any, sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        result = execute(sql, params, many, context)
        if "territory_alertcluster" in sql and not asked:
            asked.append(sql)
            with loader.cursor() as cursor:
                for table in ("alertcluster", "clusterpart"):
                    cursor.execute(f"UPDATE territory_{table} SET area_ha = 77")
        return result

    with connection.execute_wrapper(load_after_the_first_query):
        page = dossier(cluster.pk, lang="es")
    loader.close()
    assert asked
    assert isinstance(page, Dossier)
    assert sum(level.area_ha for level in page.levels) == page.area_ha != Decimal(77)
    after = dossier(cluster.pk, lang="es")
    assert isinstance(after, Dossier)
    assert after.area_ha == 77
