"""The locks carry what pyproject.toml asks for, and no address of anyone."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
GROUPS = {
    "requirements.lock": [],
    "requirements-dev.lock": ["dev"],
    "requirements-uv.lock": ["installer"],
    "requirements-node.lock": ["node"],
}
# Spelled in pieces: this file is looked at as well.
REGISTRIES = [
    "pypi" + ".org",
    "files.python" + "hosted",
    "registry." + "npmjs",
    "registry." + "yarnpkg",
    "/simple" + "/",
    "artifact" + "ory",
]
PATHS_OF_ONE_MACHINE = ["/work" + "/", "/root" + "/."]


def _asked(lock: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    alone = {"requirements-uv.lock", "requirements-node.lock"}
    asked = [] if lock in alone else list(project["project"]["dependencies"])
    for group in GROUPS[lock]:
        asked += project["dependency-groups"][group]
    return [Requirement(line) for line in asked]


def _pinned(lock: str) -> dict[str, str]:
    text = (ROOT / "script" / lock).read_text()
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.M)
    return {canonicalize_name(name): version for name, version in found}


@pytest.mark.parametrize("lock", GROUPS)
def test_lock_satisfies_every_direct_requirement(lock: str) -> None:
    pinned = _pinned(lock)
    wrong = [
        str(asked)
        for asked in _asked(lock)
        if not asked.specifier.contains(
            pinned.get(canonicalize_name(asked.name), "0.dev0")
        )
    ]
    assert wrong == []


@pytest.mark.parametrize("lock", GROUPS)
def test_every_pin_carries_hashes(lock: str) -> None:
    text = (ROOT / "script" / lock).read_text()
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)
    pins = [block for block in blocks if "==" in block.partition("\n")[0]]
    assert len(pins) == len(_pinned(lock)) > 0
    assert [pin for pin in pins if "--hash=sha256:" not in pin] == []


def test_tests_run_on_the_versions_the_server_runs_on() -> None:
    test = _pinned("requirements-dev.lock")
    server = _pinned("requirements.lock")
    assert {name: test.get(name) for name in server} == server


def test_front_end_packages_are_pinned_exactly() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for kind in ("dependencies", "devDependencies"):
        for name, version in wanted[kind].items():
            assert locked[f"node_modules/{name}"]["version"] == version
    for name, entry in locked.items():
        assert "resolved" not in entry
        assert not name or entry["integrity"].startswith("sha512-")


def test_plotly_js_is_the_one_the_python_package_was_made_for() -> None:
    from plotly.offline import get_plotlyjs_version

    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    assert wanted["plotly.js-basic-dist-min"] == get_plotlyjs_version()


def test_no_tracked_file_names_a_registry_or_a_path_of_one_machine() -> None:
    words = "|".join(re.escape(word) for word in REGISTRIES + PATHS_OF_ONE_MACHINE)
    listing = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    files = [ROOT / name for name in listing.split("\0") if name]
    assert len(files) > 100
    found = []
    for file in files:
        if not file.is_file():
            continue
        text = file.read_bytes().decode(errors="ignore")
        found += [f"{file.relative_to(ROOT)}: {hit}" for hit in re.findall(words, text)]
    assert found == []
