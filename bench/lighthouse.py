"""Lighthouse on a phone: performance, accessibility, best practices, search."""

import json
import os
import shutil
import statistics
import subprocess
from collections.abc import Iterator

from django.core.management import call_command

from bench import page_data
from bench.figures import Figure, Workplace, benchmark
from bench.web_server import fetch, serving

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
GOALS = {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100}
YEARS = 20
RUNS = 3
# Not in package.json: one of its 300 packages asks for "latest", which a lock without
# addresses cannot hold still. npm brings it when this figure is asked for.
PACKAGE = "lighthouse@12.8.2"
TRIES = 3


@benchmark("page.home.lighthouse", "page.indicator.lighthouse")
def lighthouse(_work: Workplace) -> Iterator[Figure]:
    """Judge the home page and an indicator's as Lighthouse's phone sees them."""
    call_command("collectstatic", interactive=False, verbosity=0)
    slug = page_data.make_province(years=YEARS)
    paths = {"home": "/", "indicator": f"/indicadores/{slug}/"}
    with serving("bench.page_settings") as port:
        for name, path in paths.items():
            fetch(port, path)
            runs = [_judged(f"http://localhost:{port}{path}") for _ in range(RUNS)]
            for category, goal in GOALS.items():
                yield Figure(
                    name=f"page.{name}.lighthouse",
                    value=statistics.median(run[category] for run in runs),
                    unit="/100",
                    baseline=category,
                    goal=f">= {goal}",
                    beside=category,
                )


def _judged(url: str) -> dict[str, float]:
    """Return the scores of a page; a browser that did not start is started again."""
    for _ in range(TRIES - 1):
        try:
            return scores(url)
        except RuntimeError as error:
            if "NO_NAVSTART" not in str(error):
                raise
    return scores(url)


def scores(url: str) -> dict[str, float]:
    """Return the score of each category, 0 to 100, of one run.

    Raises:
        RuntimeError: there is no npm, or Lighthouse could not judge the page.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError("no npm to bring Lighthouse")
    command = [
        *(npm, "exec", "--yes", PACKAGE, "--", url, "--quiet", "--output=json"),
        f"--only-categories={','.join(GOALS)}",
        "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
        "--no-enable-error-reporting",
    ]
    done = subprocess.run(
        command, env=os.environ | {"CHROME_PATH": CHROMIUM}, capture_output=True
    )
    if done.returncode:
        raise RuntimeError(f"Lighthouse: {done.stderr.decode()[-500:]}")
    return read_scores(done.stdout)


def read_scores(report: bytes) -> dict[str, float]:
    """Return the score of each category of a report in JSON, 0 to 100.

    Raises:
        RuntimeError: a category could not be judged.
    """
    found = json.loads(report)["categories"]
    judged = {name: found[name]["score"] for name in GOALS}
    if None in judged.values():
        raise RuntimeError(f"Lighthouse gave no score: {judged}")
    return {name: round(score * 100) for name, score in judged.items()}
