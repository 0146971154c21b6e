"""Guards on for every test: no network beyond this machine, no undefined variable."""

import ipaddress
import socket
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache

from tocache import chrome
from tocache.cache import wake
from tocache.pagecache import local_pages

pytest_plugins = ["tests.persons", "tests.browsing"]


class UndefinedTemplateVariable(str):
    """Stands for an undefined variable; a template that prints one fails."""

    def __mod__(self, missing: Any) -> str:
        raise AssertionError(f"undefined template variable: {missing}")

    def __contains__(self, part: object) -> bool:
        return part == "%s"


@pytest.fixture(scope="session", autouse=True)
def _undefined_template_variables_fail() -> None:
    for engine in django_settings.TEMPLATES:
        engine["OPTIONS"]["string_if_invalid"] = UndefinedTemplateVariable()


@pytest.fixture(scope="session", autouse=True)
def _static_folder_exists() -> None:
    Path(django_settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def _only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX:
            host = address[0]
            local = host == "localhost" or ipaddress.ip_address(host).is_loopback
            assert local, f"a test reached for {host}"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    # A test before may have left Redis alone for half a minute.
    wake()
    cache.clear()
    local_pages.clear()
    chrome.forget_sites()


@pytest.fixture(autouse=True)
def _media_in_tmp(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
