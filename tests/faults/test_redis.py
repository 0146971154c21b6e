"""F-01 and F-02: Redis refuses, or takes the line and says nothing."""

import pytest
from django.test import Client
from django.urls import reverse

from indicators import outbox
from indicators.models import AskedTask
from tests import factories
from tests.faults.proxy import Mode, Proxy
from tocache import cache as shared_cache

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
TASK = "indicators.tasks.load_geobosques_loss"


@pytest.fixture
def addresses() -> list[str]:
    indicator = factories.TargetFactory().indicator
    factories.YearlyValueFactory(indicator=indicator)
    names = ("home", "state", "privacy", "account_login")
    names += tuple(f"indicators:{page}" for page in ("indicator-list", "source-list"))
    names += ("indicators:method-detail",)
    pages = [reverse(name) for name in names]
    pages += [reverse("indicators:indicator-detail", args=[indicator.slug])]
    return pages + [f"/en{page}" for page in pages]


@pytest.mark.parametrize("mode", ["down", "stall"], ids=["F-01 down", "F-02 silent"])
def test_every_page_and_a_request_for_a_task_do_without_redis(
    redis_line: Proxy, addresses: list[str], mode: Mode
) -> None:
    redis_line.set(mode)
    before = redis_line.accepted
    client = Client()
    found = {page: client.get(page).status_code for page in addresses}
    assert found == dict.fromkeys(addresses, 200)
    # The cache asked once in all, the page of states once in each language: nobody
    # else waited for a line that says nothing.
    assert redis_line.accepted - before <= 2 + 4
    assert "No responde" in client.get("/estado/").content.decode()
    assert outbox.ask(task=TASK, arguments={}, key="kept")
    assert AskedTask.objects.get(key="kept").done_at is None

    redis_line.set("pass")
    shared_cache.wake()
    page = client.get("/estado/").content.decode()
    assert 'Redis)</dt><dd><span class="status tone-met">' in page
