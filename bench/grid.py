"""The yearly grid of one person: the queries of a page of sixty rows."""

from collections.abc import Iterator

from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import page_data
from bench.figures import Figure, Workplace, benchmark
from governance.role_sync import sync_roles
from indicators.grid.year import year_grid
from indicators.yearly.assignments import assign_all

YEARS = 10


@benchmark("grid.queries")
def year_of_sixty_rows(_work: Workplace) -> Iterator[Figure]:
    """Count the queries of a year's page with every indicator assigned."""
    call_command("collectstatic", interactive=False, verbosity=0)
    sync_roles(write=True)
    page_data.make_province(years=YEARS)
    editor = User.objects.create_user("bench")
    editor.groups.add(Group.objects.get(name="editor"))
    assign_all(editor)
    year = page_data.LAST_YEAR + 1
    rows = len(year_grid(editor, year).rows)
    client = Client(SERVER_NAME="localhost")
    client.force_login(editor)
    address = f"/panel/registro/{year}/?lugar=todos"
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answers {answer.status_code}")
    yield Figure(
        name="grid.queries",
        value=len(captured),
        unit="",
        baseline="",
        goal="<= 12",
        measured=f"{rows} rows",
    )
