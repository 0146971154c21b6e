"""The site, with a plain template of 35 rows beside it.

With BENCH_COLD=1 in the environment no kept page is ever found again, so that every
request builds, compresses and keeps its page.
"""

import os
import uuid

from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.urls import URLPattern, URLResolver, path

from indicators.models import YearlyValue
from tocache import pagecache
from tocache.urls import handler500
from tocache.urls import urlpatterns as site_urls

__all__ = ["handler500", "urlpatterns"]

ROWS = 35
_TABLE = Template(
    "<!doctype html><title>Rows</title><table>"
    "{% for row in rows %}<tr><td>{{ row.year }}</td><td>{{ row.value }}</td>"
    "<td>{{ row.kind }}</td><td>{{ row.source_text }}</td></tr>{% endfor %}</table>"
)

if os.environ.get("BENCH_COLD") == "1":

    def never_the_same(request: HttpRequest, version: str) -> str:
        """Return a key nobody asks for again."""
        return f"page:{uuid.uuid4().hex}{version}{request.path}"

    pagecache.page_key = never_the_same


def plain_rows(_request: HttpRequest) -> HttpResponse:
    """Return 35 rows of the database in a plain template."""
    rows = YearlyValue.objects.order_by("pk")[:ROWS]
    return HttpResponse(_TABLE.render(Context({"rows": rows})))


urlpatterns: list[URLPattern | URLResolver] = [
    path("bench-rows/", plain_rows),
    *site_urls,
]
