"""The table of steps, held by the code and by the database; dead loads are closed."""

from collections.abc import Callable
from itertools import product
from typing import Any

import psycopg2
import pytest
from django.db import InternalError, connection, transaction

from indicators.loaders.pipeline import (
    close_dead_loads,
    finish,
    move,
    schedule_load,
    source_lock,
    start_load,
)
from indicators.models import Load, Source
from indicators.models.sources import LOAD_STEPS
from tests import factories

STATES = [str(state) for state in Load.State]
PAIRS = [(one, other) for one, other in product(STATES, STATES) if one != other]


@pytest.mark.django_db
@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_sql_makes_only_the_steps_of_the_table(one: str, other: str) -> None:
    load = factories.LoadFactory(
        state=one, reason="x", reviewed_by=factories.UserFactory()
    )

    def update() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE indicators_load SET state = %s WHERE id = %s", [other, load.pk]
            )

    if other in LOAD_STEPS.get(one, ()):
        update()
    else:
        with pytest.raises(InternalError, match="Invalid transition"):
            update()


def test_every_state_leads_to_an_end() -> None:
    ends = set(STATES) - set(LOAD_STEPS)
    assert ends == {"published", "rejected", "discarded", "unchanged"}
    reached = {step for steps in LOAD_STEPS.values() for step in steps}
    assert reached | {"scheduled"} == set(STATES)


@pytest.mark.django_db
def test_finishing_passes_every_state_between(
    source: Source, django_assert_num_queries: Any
) -> None:
    load = schedule_load(source, trigger=Load.Trigger.COMMAND)
    assert load.state == "scheduled"
    # One to see where it stands, three steps between, one to save; and what a
    # publication asks for, two tasks of four each, in a transaction with it.
    with django_assert_num_queries(15):
        finish(load, Load.State.PUBLISHED)
    load.refresh_from_db()
    assert load.state == "published"
    assert load.published_at == load.finished_at


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("one", "other"),
    [(one, other) for one, other in PAIRS if one not in LOAD_STEPS],
)
def test_no_load_goes_on_from_an_end(one: str, other: str) -> None:
    load = factories.LoadFactory(state=one, reason="x")
    with pytest.raises(ValueError, match=f"from {one} to {other}"):
        move(load, Load.State(other))


@pytest.mark.django_db
def test_what_was_rolled_back_is_not_where_a_load_stands(source: Source) -> None:
    load = start_load(source, trigger=Load.Trigger.COMMAND)
    with transaction.atomic():
        finish(load, Load.State.PUBLISHED)
        transaction.set_rollback(True)
    finish(load, Load.State.REJECTED, reason="falló")
    load.refresh_from_db()
    assert (load.state, load.reason) == ("rejected", "falló")


@pytest.fixture
def elsewhere() -> Any:
    """A second session of the same database."""
    known = connection.get_connection_params()
    wanted = ("dbname", "user", "password", "host", "port")
    session = psycopg2.connect(
        **{name: known[name] for name in wanted if name in known}
    )
    session.autocommit = True
    yield session
    session.close()


def hold(session: Any, key: str) -> None:
    with session.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"load:{key}"]
        )


@pytest.mark.django_db(transaction=True)
def test_a_load_is_dead_when_nobody_holds_its_lock(
    source: Source, elsewhere: Any
) -> None:
    living, dead = (
        start_load(source, trigger=Load.Trigger.SCHEDULE, lock_key=key)
        for key in ("one", "other")
    )
    waiting = schedule_load(source, trigger=Load.Trigger.UPLOAD)
    hold(elsewhere, "one")
    assert close_dead_loads() == 1
    states = dict(Load.objects.values_list("pk", "state"))
    assert states == {
        living.pk: "downloading",
        dead.pk: "rejected",
        waiting.pk: "scheduled",
    }
    dead.refresh_from_db()
    assert "se interrumpió" in dead.reason
    elsewhere.close()
    assert wait_until(lambda: close_dead_loads() == 1)


@pytest.mark.django_db(transaction=True)
def test_looking_for_dead_loads_keeps_no_source_busy(source: Source) -> None:
    start_load(source, trigger=Load.Trigger.SCHEDULE)
    with source_lock(source.code):
        assert close_dead_loads() == 0


def wait_until(holds: Callable[[], bool], tries: int = 200) -> bool:
    """Return whether it came to hold; the server notices a closed session soon."""
    from time import sleep

    for _ in range(tries):
        if holds():
            return True
        sleep(0.05)
    return False
