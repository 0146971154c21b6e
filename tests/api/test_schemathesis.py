"""The API against its own description: no 5xx, no answer that it does not promise."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, seed
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# Every check but the one that wants each well-formed value to be accepted: a code
# that names nothing is well-formed and refused on purpose (400).
REFUSED = {"positive_data_acceptance"}
# Found values, so that the answer with rows is compared, too.
KNOWN = {
    "code": {
        "axes": "bosque",
        "goals": "BOS-01",
        "indicators": "BOS-01",
        "jurisdictions": "villa-alta",
        "sources": "made_up_source",
    },
    "ubigeo": {"places": "990101"},
}


@pytest.fixture
def _open_connection() -> Iterator[None]:
    """Keep the test's transaction open, as Django's own client does."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.fixture
def schema(world: Any, settings: Any, _open_connection: None) -> Any:
    settings.API_RATE_PER_MINUTE = 1_000_000
    return schemathesis.openapi.from_wsgi("/api/v1/schema/", WSGIHandler())


def checks() -> list[Any]:
    return [check for check in CHECKS.get_all() if check.__name__ not in REFUSED]


# The checker's client does not unpack gzip.
PLAIN = {"Accept-Encoding": "identity"}


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_answer_keeps_its_promise(mode: GenerationMode, schema: Any) -> None:
    seen: Counter[int] = Counter()
    for result in schema.get_all_operations():
        operation = result.ok()
        if mode.is_negative and not operation.query:
            continue

        @seed(2030)
        @hypothesis.settings(
            max_examples=20,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            response = case.call(headers=PLAIN)
            seen[response.status_code] += 1
            assert response.status_code < 500
            case.validate_response(response, checks=checks(), headers=PLAIN)

        ask()
    wanted = {400, 404} if mode.is_negative else {200, 400}
    assert wanted <= set(seen), seen
    assert sum(seen.values()) >= 250, seen


def test_answers_with_rows_keep_their_promise(schema: Any) -> None:
    seen = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        resource = operation.path.split("/")[3]
        parameters = {
            name: values[resource]
            for name, values in KNOWN.items()
            if f"{{{name}}}" in operation.path
        }
        case = operation.Case(path_parameters=parameters)
        response = case.call(headers=PLAIN)
        assert response.status_code == 200, operation.path
        case.validate_response(response, headers=PLAIN)
        seen += 1
    assert seen > 25
