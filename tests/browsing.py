"""Debian's Chromium for the tests: opening pages, signing in, what axe finds."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, sync_playwright

from tests.persons import PASSWORD

AXE = Path(settings.BASE_DIR, "node_modules", "axe-core", "axe.min.js")
WIDTHS = (360, 1280)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # The driver runs an event loop in this thread; Django would refuse to query.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as driver:
        started = driver.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            # Maps are drawn by WebGL, here in software.
            args=[
                "--no-sandbox",
                "--use-angle=swiftshader",
                "--enable-unsafe-swiftshader",
                "--disable-background-networking",
            ],
        )
        yield started
        started.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Visit:
    """A page with what it asked for and what it complained about."""

    def __init__(self, browser: Browser, origin: str, **options: Any) -> None:
        self.origin = origin
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.context = browser.new_context(**options)
        self.page: Page = self.context.new_page()
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: Any) -> None:
        # A page that is not there says so itself.
        if message.type in ("error", "warning") and "404" not in message.text:
            self.complaints.append(message.text)

    def open(self, path: str) -> Page:
        self.page.goto(self.origin + path)
        return self.page

    def barriers_at(self, path: str) -> list[str]:
        """Return what keeps people from a page with all of its details open."""
        self.open(path)
        self.page.evaluate(
            "document.querySelectorAll('details').forEach(d => d.open = true)"
        )
        return self.barriers()

    def barriers(self, within: str = "html") -> list[str]:
        """Return what axe finds as "rule: element", and a sideways scroll."""
        # Through the driver: a script tag would be refused by the page's policy.
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(
            "within => axe.run(within).then(r => r.violations)", within
        )
        barriers = [
            f"{fault['id']}: {node['target']}"
            for fault in found
            for node in fault["nodes"]
        ]
        beyond = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return [*barriers, f"sideways scroll: {beyond}"] if beyond > 0 else barriers

    @property
    def other_hosts(self) -> set[str]:
        own = urlsplit(self.origin).netloc
        return {
            host
            for host in (urlsplit(address).netloc for address in self.asked)
            if host not in ("", own)
        }


def open_page(browser: Browser, width: int, *, scripts: bool = True) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, java_script_enabled=scripts
    )
    return context.new_page()


def sign_in(page: Page, site: str, username: str) -> None:
    page.goto(f"{site}/entrar/")
    page.get_by_label("Usuario").fill(username)
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Entrar").click()
    page.wait_for_url(f"{site}/panel/")


def violations(page: Page) -> list[str]:
    """What axe finds, as "rule: element"; its strictest contrast rule included."""
    page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate(
        """async () => (await axe.run({
            runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
                      "best-practice"],
            rules: {"color-contrast-enhanced": {enabled: true}},
        })).violations"""
    )
    return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]


def photograph(page: Page, name: str) -> None:
    """Keep a picture where PANEL_PICTURES says, to look at."""
    folder = os.environ.get("PANEL_PICTURES")
    if folder:
        file = name.replace("/", "_").replace("?", "_")[:80]
        page.screenshot(path=f"{folder}/{file}.png", full_page=True)


def tab_to(page: Page, element_id: str, *, most: int = 60) -> None:
    """Press Tab until the element has the focus; fail when it is never reached."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == element_id:
            return
    raise AssertionError(f"Tab never reaches {element_id}")
