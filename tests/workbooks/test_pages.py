"""The pages of the workbook: what they show, refuse and keep to themselves."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import python_calamine
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from indicators.models import Indicator, WorkbookImport, YearlyValue
from indicators.workbooks.columns import COLUMNS
from indicators.workbooks.reading import read_workbook
from territory.models import Place
from tests import factories
from tests.workbooks.sheets import YEAR, filled, good, rows_of, template

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.usefixtures("indicators"),
]

HOME = "/panel/importar/"


@pytest.fixture
def client(signed_in: Callable[[User], Client], editor: User) -> Client:
    return signed_in(editor)


def upload(client: Client, content: bytes, name: str = "a.xlsx") -> Any:
    return client.post(HOME, {"file": SimpleUploadedFile(name, content)}, follow=True)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_template_is_downloaded_and_sent_back(client: Client, kind: str) -> None:
    file = client.get(f"{HOME}plantilla/?year={YEAR}&format={kind}")
    assert file.headers["Content-Disposition"].endswith(f'"valores-{YEAR}.{kind}"')
    page = upload(client, file.content, f"a.{kind}")
    assert "<strong>5</strong> sin cambios" in text_of(page)
    assert "no hay nada que importar" in text_of(page)
    assert "guardar/" not in text_of(page)


def test_template_with_made_up_figures_says_so_in_its_name(
    client: Client, indicators: list[Indicator], places: list[Place]
) -> None:
    factories.YearlyValueFactory(
        synthetic=True, indicator=indicators[1], place=places[0], year=YEAR
    )
    file = client.get(f"{HOME}plantilla/?year={YEAR}&format=csv")
    assert f"valores-{YEAR}-SINTETICO.csv" in file.headers["Content-Disposition"]
    assert "dato de ejemplo" in file.content.decode()


@pytest.mark.parametrize("query", ["", "year=x&format=xlsx", "year=2024&format=exe"])
def test_template_of_nothing_known_is_not_found(client: Client, query: str) -> None:
    assert client.get(f"{HOME}plantilla/?{query}").status_code == 404


def test_template_in_english_comes_back_in_spanish(
    client: Client, editor: User
) -> None:
    file = client.get(f"/en{HOME}plantilla/?year={YEAR}&format=xlsx")
    assert len(rows_of(file.content)) == 5
    assert "<strong>5</strong> sin cambios" in text_of(upload(client, file.content))


def test_headers_are_locked_and_the_key_is_hidden(client: Client) -> None:

    file = client.get(f"{HOME}plantilla/?year={YEAR}&format=xlsx")
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<sheetProtection" in sheet
    assert "password" not in sheet
    assert 'state="frozen"' in sheet
    assert f'min="{len(COLUMNS)}" max="{len(COLUMNS)}"' in sheet
    assert 'hidden="1"' in sheet
    assert '"Medido,Estimado,Preliminar,Sin dato"' in sheet


def test_whole_way_from_upload_to_undo(client: Client, editor: User) -> None:
    content = filled(editor, lambda n, _row: good("1,5" if n == 0 else 1.25))
    page = upload(client, content)
    text = text_of(page)
    assert "<strong>4</strong> filas listas" in text
    assert "<strong>1</strong> con error" in text
    assert "<strong>Fila 2, columna I:</strong> «1,5» puede leerse" in text
    assert "Importar las 4 correctas como borrador" in text
    assert not YearlyValue.objects.exists()
    address = page.request["PATH_INFO"]
    saved = text_of(client.post(f"{address}guardar/", follow=True))
    assert "4 valores guardados como borrador" in saved
    undone = text_of(client.post(f"{address}deshacer/", follow=True))
    assert "Importación deshecha." in undone
    assert not YearlyValue.objects.exists()
    again = client.post(f"{address}guardar/")
    assert again.status_code == 409
    assert "ya no se puede hacer" in text_of(again)
    assert "a.xlsx" in text_of(client.get(HOME))


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_messages_are_downloaded(client: Client, editor: User, kind: str) -> None:
    content = filled(editor, lambda _n, _row: good("'=1+1 y coma"))
    address = upload(client, content).request["PATH_INFO"]
    file = client.get(f"{address}errores/?format={kind}")
    if kind == "csv":
        assert "I2,BOS-" in file.content.decode()
        assert ",'=1+1 y coma," in file.content.decode()
    else:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(file.content))
        rows = book.get_sheet_by_index(0).to_python()
        assert (rows[0][0], rows[1][:2]) == ("Fila", [2.0, "I2"])
        assert rows[1][7] == "'=1+1 y coma"


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "a.xlsx", "El archivo está vacío."),
        (b"%PDF-1.7", "a.xlsx", "CSV o XLSX"),
        (b"x" * 11_000_000, "a.csv", "pesa más de 10 MB"),
        (b"a;b\r\n", "a" * 250 + ".csv", "nombre del archivo"),
    ],
)
def test_refused_file_gets_words_and_422(
    client: Client, content: bytes, name: str, words: str
) -> None:
    page = upload(client, content, name)
    assert page.status_code == 422
    assert "Hay un problema" in text_of(page)
    assert words in text_of(page)
    assert not WorkbookImport.objects.exists()


def test_workbook_of_an_impossible_number_is_not_found(client: Client) -> None:
    for path in ("", "errores/", "guardar/", "cancelar/", "deshacer/"):
        send = client.post if path.endswith("r/") else client.get
        assert send(f"{HOME}{10**30}/{path}").status_code == 404


def test_no_file_gets_words(client: Client) -> None:
    for data in ({}, {"file": "no es un archivo"}):
        page = client.post(HOME, data)
        assert page.status_code == 422
        assert "Elige el archivo que llenaste." in text_of(page)


def test_progress_shows_without_scripts_and_can_stand_still(
    client: Client, editor: User
) -> None:
    row = factories.WorkbookImportFactory(
        person=editor, state="reading", row_count=5_000, rows_read=1_200
    )
    page = client.get(f"{HOME}{row.pk}/")
    assert page.headers["Refresh"] == "3"
    assert "Fila 1,200 de 5,000" in text_of(page)
    assert 'max="5000" value="1200"' in text_of(page)
    assert "Refresh" not in client.get(f"{HOME}{row.pk}/?fija").headers
    WorkbookImport.objects.update(
        state="saving", uploaded_at=timezone.now() - dt.timedelta(minutes=11)
    )
    page = client.get(f"{HOME}{row.pk}/")
    assert page.headers["Refresh"] == "3"
    assert "Tarda más de lo normal." in text_of(page)
    client.post(f"{HOME}{row.pk}/cancelar/")
    page = client.get(f"{HOME}{row.pk}/")
    assert "Refresh" not in page.headers
    assert "No se guardó nada" in text_of(page)


def test_long_preview_comes_in_pages(client: Client, editor: User) -> None:
    lines = [
        {"row": n, "group": "ready", "code": "X", "name": "", "place": "", "year": YEAR}
        | {"before": "", "after": str(n), "messages": []}
        for n in range(2, 252)
    ]
    row = factories.WorkbookImportFactory(person=editor, lines=lines, ready_count=250)
    assert "Página 3 de 3" in text_of(client.get(f"{HOME}{row.pk}/?pagina=99"))
    assert text_of(client.get(f"{HOME}{row.pk}/?pagina=x")).count("<tr role") == 101


def test_reader_downloads_all_and_uploads_nothing(
    signed_in: Callable[[User], Client], reviewer: User
) -> None:
    client = signed_in(reviewer)
    page = client.get(HOME)
    assert 'type="file"' not in text_of(page)
    file = client.get(f"{HOME}plantilla/?year={YEAR}&format=xlsx")
    assert len(read_workbook(file.content, "a.xlsx").lines) == 5
    assert upload(client, template(reviewer)).status_code == 404


def test_pages_of_the_workbook_take_few_queries(
    client: Client, editor: User, django_assert_max_num_queries: Any
) -> None:
    address = upload(client, filled(editor, lambda _n, _r: good())).request["PATH_INFO"]
    for path in (HOME, address):
        with django_assert_max_num_queries(8):
            assert client.get(path).status_code == 200
