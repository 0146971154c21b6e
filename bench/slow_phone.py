"""A cheap phone on a slow line, as Chromium imitates it."""

import os
import statistics
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

BITS_PER_SECOND = 400_000
LATENCY_MS = 400
PROCESSOR_SHARE = 4
_PAINTED = """() => new Promise(done => {
  const painted = () => performance.getEntriesByName('first-contentful-paint')[0];
  const wait = () => painted() && document.querySelector('svg.chart')
    ? requestAnimationFrame(() => done(performance.now())) : setTimeout(wait, 5);
  wait();
})"""


@contextmanager
def phone() -> Iterator[Page]:
    """Yield a page of a phone with an empty cache on a slow line."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        context = browser.new_context(viewport={"width": 360, "height": 740})
        page = context.new_page()
        tools = context.new_cdp_session(page)
        tools.send("Network.enable")
        tools.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": LATENCY_MS,
                "downloadThroughput": BITS_PER_SECOND / 8,
                "uploadThroughput": BITS_PER_SECOND / 8,
            },
        )
        tools.send("Emulation.setCPUThrottlingRate", {"rate": PROCESSOR_SHARE})
        yield page
        browser.close()


def chart_seconds(port: int, path: str, rounds: int) -> float:
    """Return the median seconds until the charts of a page are painted."""
    return statistics.median(_chart(port, path) for _ in range(rounds))


def _chart(port: int, path: str) -> float:
    with phone() as page:
        page.goto(f"http://localhost:{port}{path}", wait_until="commit")
        return float(page.evaluate(_PAINTED)) / 1000


def plotly_seconds(port: int, path: str) -> float:
    """Return the seconds from the touch of the button to an interactive chart."""
    with phone() as page:
        page.goto(f"http://localhost:{port}{path}")
        started = float(page.evaluate("performance.now()"))
        page.locator(".explore button").click()
        page.wait_for_selector(".js-plotly-plot .main-svg", timeout=60_000)
        return (float(page.evaluate("performance.now()")) - started) / 1000
