"""Global Forest Watch Data API: one query over many polygons, as a job.

Service: POST https://data-api.globalforestwatch.org/dataset/{d}/latest/query/batch,
    then GET /job/{id}
Licence, lag and citation: those of the data set asked for.
Checked: 2026-11-20, the API's own code only; never called live.

Quirks
- The answer is 202 with a job; a body of 256 kB and 100 polygons are the most.
- A job has five minutes, all polygons together. It ends success, partial_success (some
  polygons failed), failed or error.
- The result is a table at `download_link`, which may lie on another host: only hosts
  named in GFW_DOWNLOAD_HOSTS are asked, and never with the key.
- A polygon without a row either failed or has nothing: the table does not say which,
  so whoever calls asks for those one by one.
"""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from indicators.sources.errors import ContentRefused, PassingFault, SourceError
from indicators.sources.gfw import strict_geometry
from indicators.sources.json_reply import parsed_json
from indicators.sources.session import Fetched, Session

ID_FIELD: Final = "fid"
LARGEST_BODY_BYTES: Final = 256_000
MOST_FEATURES: Final = 100
JOB_BUDGET_S: Final = 330.0
POLL_PAUSE_S: Final = 5.0
_ACCEPTED: Final = frozenset({200, 202})
_DONE: Final = frozenset({"success", "partial_success"})


def fetch_batch(
    session: Session,
    dataset: str,
    sql: str,
    geometries: Mapping[str, Mapping[str, Any]],
    *,
    budget_s: float = JOB_BUDGET_S,
    pause_s: float = POLL_PAUSE_S,
) -> tuple[Fetched, ...]:
    """Return the raw tables of all jobs, one a part that fits into a request.

    `geometries` are GeoJSON by the id that the rows carry in `ID_FIELD`. `budget_s` is
    for one job, from asking to its table.

    Raises:
        SourceError: see `Session.fetch`; a job that failed or did not end in time, or
            a link that leads to another host.
    """
    return tuple(
        _run(session, f"/dataset/{dataset}/latest/query/batch", body, budget_s, pause_s)
        for body in bodies(sql, geometries)
    )


def bodies(sql: str, geometries: Mapping[str, Mapping[str, Any]]) -> Iterator[bytes]:
    """Yield the requests that hold all polygons, each within what the API takes.

    Raises:
        ValueError: one polygon alone is larger than a request may be.
    """
    empty = _body(sql, [])
    waiting: list[str] = []
    size = len(empty)
    for name, geometry in geometries.items():
        feature = json.dumps(
            {
                "type": "Feature",
                "properties": {ID_FIELD: name},
                "geometry": strict_geometry(geometry),
            },
            separators=(",", ":"),
            allow_nan=False,
        )
        more = len(feature) + 1
        if len(empty) + more > LARGEST_BODY_BYTES:
            raise ValueError(f"polygon {name} is larger than a request may be")
        if waiting and (
            size + more > LARGEST_BODY_BYTES or len(waiting) == MOST_FEATURES
        ):
            yield _body(sql, waiting)
            waiting, size = [], len(empty)
        waiting.append(feature)
        size += more
    if waiting:
        yield _body(sql, waiting)


def _body(sql: str, features: list[str]) -> bytes:
    text = json.dumps(sql)
    return (
        f'{{"sql":{text},"id_field":"{ID_FIELD}","feature_collection":'
        f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}}}'
    ).encode()


def _run(
    session: Session, path: str, body: bytes, budget_s: float, pause_s: float
) -> Fetched:
    ends_at = time.monotonic() + budget_s
    job = _job(session.fetch("POST", path, body=body, accepted=_ACCEPTED))
    number = job.get("job_id")
    if not isinstance(number, str) or not number.replace("-", "").isalnum():
        raise _refused("no_job", "no da el número del trabajo", "gives no job number")
    while job.get("status") == "pending":
        if time.monotonic() > ends_at:
            raise PassingFault(
                "budget_spent",
                f"El trabajo de la fuente no terminó en {budget_s:g} segundos.",
                f"The source's job did not end within {budget_s:g} seconds.",
            )
        time.sleep(pause_s)
        job = _job(session.get(f"/job/{number}"))
    if job.get("status") not in _DONE:
        told = str(job.get("message") or "")
        raise SourceError(
            "job_failed",
            "El trabajo de la fuente terminó con un error.",
            "The source's job ended with an error.",
            excerpt=told,
        )
    link = job.get("download_link")
    if not isinstance(link, str) or not link:
        raise _refused("no_link", "no dice dónde está la tabla", "names no table")
    return session.get_link(link)


def _job(fetched: Fetched) -> dict[str, Any]:
    answer = parsed_json(fetched.body, fetched.content_type)
    job = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(job, dict):
        raise _refused("no_data", "no trae el trabajo", "carries no job")
    return job


def _refused(code: str, told_es: str, told_en: str) -> ContentRefused:
    return ContentRefused(code, f"La respuesta {told_es}.", f"The answer {told_en}.")
