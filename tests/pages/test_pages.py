"""Public pages as a reader without JavaScript gets them, in both languages."""

import gzip
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from indicators.models import YearlyValue
from tests.factories import JurisdictionFactory, SourceFactory, YearlyValueFactory
from tests.pages.conftest import Situation
from tocache.style import policy_source

PATHS = [
    "/",
    "/ejes/bosque/",
    "/indicadores/",
    "/indicadores/?eje=gente&estado=sin-datos&orden=nombre",
    "/indicadores/perdida/",
    "/indicadores/yuca/",
    "/indicadores/alianzas/",
    "/indicadores/escuelas/",
    "/indicadores/cuencas/",
    "/indicadores/jovenes/",
    "/indicadores/perdida/historial/",
    "/alertas/",
    "/fuentes/",
    "/metodologia/",
    "/anios/",
    "/privacidad/",
    "/accesibilidad/",
    "/glosario/",
]
NESTED = ["/indicadores/nada/historial/", "/indicadores/nada/grafico.json"]
BOTH = [*PATHS, *(f"/en{path}" for path in PATHS)]
pytestmark = pytest.mark.django_db


class Page(HTMLParser):
    """What a page is made of: its elements with their attributes, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.inline_code: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and data.strip():
            self.inline_code.append(data)
        self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def read(client: Client, path: str) -> Page:
    response = client.get(path)
    assert response.status_code == 200, path
    return Page(response.content.decode())


@pytest.mark.parametrize("path", BOTH)
def test_a_page_is_whole_and_strict(
    path: str, situation: Situation, client: Client
) -> None:
    response = client.get(path)
    assert response.status_code == 200
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert policy_source(settings.SITE_STYLE) in policy
    page = Page(response.content.decode())
    # The one sheet the policy names by its hash, and no script at all.
    assert page.inline_code == [settings.SITE_STYLE]
    tags = [tag for tag, _ in page.elements]
    assert tags.count("h1") == 1
    assert "main" in tags
    attributes = [(t, n, v or "") for t, a in page.elements for n, v in a.items()]
    assert [x for x in attributes if x[1] == "style" or x[1].startswith("on")] == []
    links = [a for t, a in page.elements if t == "link"]
    loaded = [v for _, n, v in attributes if n == "src"]
    loaded += [a["href"] or "" for a in links if a["rel"] != "alternate"]
    # Search engines read the address of the other language only whole.
    others = [a["href"] or "" for a in links if a["rel"] == "alternate"]
    assert len(others) == 2
    assert all(address.startswith(settings.SITE_URL) for address in others)
    assert all(address.startswith("/") for address in loaded)
    lang = dict(page.elements)["html"]["lang"]
    assert lang == ("en" if path.startswith("/en/") else "es-PE")


@pytest.mark.parametrize("path", BOTH)
def test_a_page_is_light(path: str, situation: Situation, client: Client) -> None:
    body = client.get(path).content
    assert len(gzip.compress(body)) < 15_000


@pytest.mark.parametrize("path", BOTH)
def test_an_uncached_page_asks_the_database_eight_times_at_most(
    path: str,
    situation: Situation,
    client: Client,
    django_assert_max_num_queries: Any,
) -> None:
    client.cookies["sessionid"] = "none"  # past the page cache
    with django_assert_max_num_queries(9):  # one of them asks for that session
        client.get(path)


@pytest.mark.parametrize("path", ["/", "/indicadores/", "/fuentes/", "/metodologia/"])
def test_an_empty_database_has_pages(path: str, client: Client) -> None:
    assert read(client, path)


@pytest.mark.parametrize("lang", ["", "/en"])
@pytest.mark.parametrize(
    "path", ["/fuentes/", "/metodologia/", "/indicadores/yuca/historial/"]
)
def test_closed_years_are_linked_from(
    path: str, lang: str, situation: Situation, client: Client
) -> None:
    html = client.get(f"{lang}{path}").content.decode()
    assert f'href="{lang}/anios/"' in html


def test_the_empty_home_says_so(client: Client) -> None:
    assert "Aún no hay valores publicados." in read(client, "/").text


def test_a_jurisdiction_without_plan_gives_the_site_its_name(client: Client) -> None:
    JurisdictionFactory(name="Otra Provincia")
    assert "Otra Provincia" in read(client, "/").text


def test_no_page_speaks_of_another_province_than_the_one_in_the_data(
    situation: Situation, client: Client
) -> None:
    for path in BOTH:
        assert "Tocache" not in read(client, path).text, path


def test_home_shows_the_headline_with_its_sum(
    situation: Situation, client: Client
) -> None:
    page = read(client, "/")
    assert "Cómo va Villa Alta hacia 2030" in page.text
    assert "y2024 = 1,182.06 < 1,581 ✓" in page.text
    assert "y2023 = 1,463.76 < 1,581 ✓" in page.text
    assert ("svg", "chart") in [(t, a.get("class")) for t, a in page.elements]


def test_the_indicator_page_prints_its_sum_table_and_sources(
    situation: Situation, client: Client
) -> None:
    text = read(client, "/indicadores/yuca/").text
    assert "p = (1.13 − 0.9) / (1.5 − 0.9) = 0.383" in text
    assert "r = (1.13 − 0.9) / (1.2 − 0.9) = 0.767" in text
    assert "Avanza, debe acelerar" in text
    assert "Adoptada en Sesión 1, el 1 de marzo de 2023." in text
    assert "Registro de datos; otra persona de Revisión" in text
    assert "no hay registro" in text


def test_a_made_up_baseline_names_no_adoption(
    situation: Situation, client: Client
) -> None:
    text = read(client, "/indicadores/alianzas/").text
    assert "(2022). Dato sintético" in text
    assert "Adoptada en" not in text


def test_a_change_of_method_is_explained(situation: Situation, client: Client) -> None:
    text = read(client, "/indicadores/perdida/").text
    assert "Otro método" in text
    assert "no se compara con la meta" in text


def test_printed_and_proposed_words_stand_apart(
    situation: Situation, client: Client
) -> None:
    html = client.get("/indicadores/yuca/").content.decode()
    printed, ours = html.index('id="t-plan"'), html.index('id="t-ours"')
    assert "Texto de la meta" in html[printed:ours]
    assert "Estadística oficial" in html[ours:]
    assert "Estadística oficial" not in html[:ours]


@pytest.mark.parametrize(
    ("path", "times"),
    [
        ("/indicadores/alianzas/", 5),
        ("/", 2),
        ("/indicadores/", 1),
        ("/ejes/gente/", 1),
        ("/indicadores/alianzas/historial/", 3),
    ],
)
def test_synthetic_numbers_are_marked(
    path: str, times: int, situation: Situation, client: Client
) -> None:
    page = read(client, path)
    # the frame's own notice says it once more
    assert page.text.count("Dato sintético") > times


def test_without_synthetic_numbers_nothing_is_marked(
    situation: Situation, client: Client
) -> None:
    situation.synthetic.results.all().delete()
    YearlyValue.objects.filter(is_synthetic=True).delete()
    assert "sintético" not in read(client, "/").text


@pytest.mark.parametrize("path", PATHS[:11])
def test_a_draft_is_on_no_page(
    path: str, situation: Situation, province: Any, client: Client
) -> None:
    YearlyValueFactory(
        indicator=situation.faster,
        place=province,
        year=2026,
        value="987654",
        note="nota-de-borrador",
        draft=True,
    )
    html = client.get(path).content.decode()
    assert "987,654" not in html
    assert "nota-de-borrador" not in html


@pytest.mark.parametrize("path", ["/indicadores/escuelas/", "/indicadores/cuencas/"])
def test_a_goal_that_cannot_be_assessed_says_what_is_missing(
    path: str, situation: Situation, client: Client
) -> None:
    text = read(client, path).text
    assert "Para evaluarlo falta:" in text
    assert "Le toca" in text


def test_every_status_has_a_word_and_a_shape(
    situation: Situation, client: Client
) -> None:
    html = client.get("/metodologia/").content.decode()
    marks = re.findall(r'<span class="status [^"]*">(.*?)</span>', html, re.S)
    assert len(marks) >= 14
    for mark in marks:
        assert "<svg" in mark
        assert re.sub(r"<svg.*?</svg>", "", mark, flags=re.S).strip()


@pytest.mark.parametrize(
    "query", ["eje=zzz", "estado=feliz", "orden=azar", "eje=bosque'--"]
)
def test_an_unknown_filter_is_not_found(
    query: str, situation: Situation, client: Client
) -> None:
    assert client.get(f"/indicadores/?{query}").status_code == 404


def test_filters_and_order_come_from_the_address(
    situation: Situation, client: Client
) -> None:
    text = read(client, "/indicadores/?estado=alcanzada").text
    assert "Meta perdida" in text
    assert "Meta yuca" not in text
    names = re.findall(r"Meta \w+", read(client, "/indicadores/?orden=nombre").text)
    listed = [n for n in names if n.split()[1] in vars_of(situation)]
    assert listed == sorted(listed)


def vars_of(situation: Situation) -> set[str]:
    return {each.slug for each in vars(situation).values()}


def test_the_language_switch_keeps_the_page(
    situation: Situation, client: Client
) -> None:
    page = read(client, "/indicadores/?estado=alcanzada")
    links = [a for t, a in page.elements if a.get("class") == "language"]
    assert links[0]["href"] == "/en/indicadores/?estado=alcanzada"
    back = read(client, "/en/indicadores/perdida/")
    links = [a for t, a in back.elements if a.get("class") == "language"]
    assert links[0]["href"] == "/indicadores/perdida/"


@pytest.mark.parametrize(
    "path", ["/nada/", "/ejes/nada/", "/indicadores/nada/", *NESTED]
)
def test_an_unknown_page_is_not_found(path: str, client: Client) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert "No encontramos esta página" in response.content.decode()


def test_the_figure_comes_as_json_only_when_asked_for(
    situation: Situation, client: Client
) -> None:
    page = client.get("/indicadores/perdida/").content.decode()
    assert '"scatter"' not in page
    figure = json.loads(client.get("/indicadores/perdida/grafico.json").content)
    years = dict(zip(figure["data"][0]["x"], figure["data"][0]["y"], strict=True))
    assert years[2024] == 1182.06
    assert years[2020] is None


def test_sources_say_which_has_no_key(situation: Situation, client: Client) -> None:
    SourceFactory(code="con_clave", key_setting="NO_SUCH_KEY")
    text = read(client, "/fuentes/").text
    assert "Sin clave" in text
    assert "Al día" in text


def test_pages_are_read_only(situation: Situation, client: Client) -> None:
    assert client.post("/").status_code == 405
    assert client.delete("/indicadores/perdida/").status_code == 405


def test_robots_keep_out_of_the_panel(client: Client) -> None:
    assert "Disallow: /panel/" in client.get("/robots.txt").content.decode()
