"""The search on the first page: its form, its pages, what is pasted into it, and who may find what."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import httpx
import pytest
from starlette.routing import Mount, Router

from archive.conftest import make_note
from openwado.access.policy import Policy, read_rule
from openwado.access.principal import Principal
from openwado.archive.file_store import FileStore
from openwado.archive.sqlite import SqliteIndex
from openwado.dicom.instance import Description
from openwado.server.asked_by import PERMISSION
from openwado.server.page import page_routes
from openwado.server.page_search import PARAMETERS
from openwado.server.page_studies import STUDIES_A_PAGE
from openwado.server.problems import ProblemAnswers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send

    from openwado.access.permission import Permission

#: Studies of one patient with a Chinese name: more than two pages of them.
MANY = 2 * STUDIES_A_PAGE + 5


def permission(*tables: dict[str, str | list[str]]) -> Permission:
    """Return what rules allow."""
    usual: dict[str, str | list[str]] = {"roles": "a", "rights": "view"}
    rules = [read_rule(usual | table) for table in tables]
    return Policy(rules).permission_of(Principal("x", "token", frozenset({"a"})))


class As:
    """Asks an application as somebody.

    Args:
        app: the pages.
        allowed: what they may do; None: nobody is asked.
    """

    def __init__(self, app: ASGIApp, allowed: Permission | None) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if self._allowed is not None:
            scope.setdefault("state", {})[PERMISSION] = self._allowed
        await self._app(scope, receive, send)

    def get(self, address: str, language: str = "en") -> httpx.Response:
        """Ask for an address."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://pacs.example") as client:
                return await client.get(address, headers={"accept": "text/html", "accept-language": language})

        return asyncio.run(ask())

    def studies(self, **query: str) -> list[str]:
        """Return the UIDs of the studies on a page."""
        answer = self.get(f"/?{urlencode(query)}")
        assert answer.status_code == 200, answer.text
        return re.findall(r'<h2><a href="/studies/([^"?]+)', answer.text)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteIndex]:
    """Return an index of some studies of several people."""
    made = SqliteIndex(tmp_path_factory.mktemp("search") / "index.sqlite")
    notes = [
        make_note(
            f"/{n}", f"1.2.{n}.1.1", f"1.2.{n}", f"1.2.{n}.1",
            Description(patient_name="王^小東", patient_id="P1", modality="CT",
                        study_date=f"2024{n // 28 + 1:02d}{n % 28 + 1:02d}"),
        )
        for n in range(MANY)
    ]  # fmt: skip
    said = Description(
        patient_name="Müller^Jörg", patient_id="P2", modality="MR", study_date="20230405", accession_number="A7",
        study_description="Knee <left>", patient_birth_date="19700301", series_description="pd sag fs", series_number=1,
    )  # fmt: skip
    report = Description(patient_id="P2", modality="SR", series_number=9, series_description="confidential")
    made.write([*notes, make_note("/m", "1.3.1.1", "1.3", "1.3.1", said, number_of_frames=20)])
    made.write([make_note("/sr", "1.3.2.1", "1.3", "1.3.2", report)])
    yield made
    made.close()


def pages(index: SqliteIndex, *, takes_in: bool = False) -> ASGIApp:
    """Return the routes of the page."""
    routes = page_routes(index=index, store=FileStore(), wado_path="/wado", takes_in=takes_in)
    return ProblemAnswers(Router(routes))


@pytest.fixture(scope="module")
def site(index: SqliteIndex) -> As:
    """Return the pages as everybody sees them."""
    return As(pages(index), None)


def test_every_parameter_is_a_field_of_the_form(site: As) -> None:
    """What can be asked for by an address can be asked for on the page; a field keeps what was typed."""
    answer = site.get("/?q=m%C3%BCller&name=%22x&from=2023-01-01&modality=MR&lang=en")
    fields = re.findall(r'<input id="(\w+)" name="(\w+)" type="\w+" value="([^"]*)"', answer.text)
    assert {name for _, name, _ in fields} == set(PARAMETERS)
    assert all(identifier == name for identifier, name, _ in fields)
    values = {name: value for _, name, value in fields if value}
    assert values == {"q": "müller", "name": "&#34;x", "from": "2023-01-01", "modality": "MR"}
    assert set(re.findall(r'<label for="(\w+)"', answer.text)) >= set(PARAMETERS)
    assert '<input type="hidden" name="lang" value="en">' in answer.text


@pytest.mark.parametrize(
    "query",
    [
        {"q": "muller"},
        {"q": "jorg knee"},
        {"q": "<left>"},
        {"name": "mü*r^j*"},
        {"id": "p2"},
        {"accession": "a?"},
        {"description": "knee"},
        {"description": "pd sag"},
        {"q": "knee sag confidential"},
        {"born": "1970-03-01"},
        {"born": "19700301"},
        {"q": "muller 19700301"},
        {"modality": "mr"},
        {"modality": "US, MR"},
        {"from": "2023-04-05", "to": "2023-04-05"},
        {"to": "20231231"},
        {"q": "2023-04"},
        {"q": " muller ", "modality": "MR", "from": "2023-01-01"},
    ],
)
def test_a_study_is_found_by_each_of_its_attributes(site: As, query: dict[str, str]) -> None:
    """Name, ID, date of birth, accession number, descriptions, modality, date and range of dates."""
    assert site.studies(**query) == ["1.3"]
    assert "1 study found" in site.get(f"/?{urlencode(query)}").text


def test_what_does_not_fit_is_not_found(site: As) -> None:
    """A page that says so, in either language, with the form as it was."""
    assert site.studies(q="muller", modality="CT") == []
    answer = site.get("/?q=muller&modality=CT")
    assert "No study that you may see fits this search." in answer.text
    assert "没有您有权查看的检查符合此搜索。" in site.get("/?q=muller&modality=CT", "zh").text


def test_pages_of_a_search_keep_it(site: As) -> None:
    """Each study is on one page; addresses of the pages have the search and the language, and so has the jump."""
    first = site.get("/?name=%E5%B0%8F%E6%9D%B1&lang=zh-CN").text
    assert f"找到 {MANY} 个检查" in first
    assert "第 1 页，共 3 页" in first
    (after,) = re.findall(r'rel="next" href="([^"]+)"', first)
    assert dict(parse_qsl(urlsplit(after.replace("&amp;", "&")).query)) == {
        "name": "小東",
        "page": "2",
        "lang": "zh-CN",
    }
    second = site.get(after.replace("&amp;", "&")).text
    jump = re.search(r'<form method="get" action="/">(.*?)</form>', second, re.DOTALL)
    assert jump
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', jump[1]))
    assert hidden == {"name": "小東", "lang": "zh-CN"}
    found = [uid for page in ("1", "2", "3") for uid in site.studies(name="小東", page=page)]
    assert sorted(found) == sorted(f"1.2.{n}" for n in range(MANY))
    assert site.get("/?name=%E5%B0%8F%E6%9D%B1&page=4").status_code == 404


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("from=yesterday", "from"),
        ("to=2023-02-30", "to"),
        ("from=2023-1-1", "from"),
        ("from=2024-01-02&to=2024-01-01", "from"),
        ("q=" + "+".join("abcdefghijklmnop"), "q"),
        ("name=" + "a" * 65, "name"),
        ("modality=" + "A" * 65, "modality"),
        ("page=0&q=a", "page"),
        ("lang=fr", "lang"),
    ],
)
def test_what_cannot_be_looked_for_is_refused(site: As, query: str, parameter: str) -> None:
    """400 with the parameter and what would be right, in the language of who asks."""
    english, chinese = site.get(f"/?{query}"), site.get(f"/?{query}", "zh-CN")
    assert (english.status_code, chinese.status_code) == (400, 400)
    assert f"<dt>Concerns</dt><dd>{parameter}</dd>" in english.text
    assert f"<dt>涉及</dt><dd>{parameter}</dd>" in chinese.text
    assert '<html lang="zh-CN">' in chinese.text
    assert 'lang="en"' not in chinese.text, "no sentence is left in English"
    assert chinese.headers["content-language"] == "zh-CN"


OBJECT = "/studies/1.3/series/1.3.1/instances/1.3.1.1"
WADO = "http://elsewhere.example/x/wado?requestType=WADO&studyUID=1.3&seriesUID=1.3.1&objectUID=1.3.1.1"


@pytest.mark.parametrize(
    ("pasted", "page"),
    [
        (WADO, OBJECT),
        (f"  {WADO}\n", OBJECT),
        (f"{WADO}&rows=99&windowCenter=-4e1&windowWidth=400", f"{OBJECT}?rows=99&windowCenter=-4e1&windowWidth=400"),
        (f"{WADO}&frameNumber=7&unknown=1#x", f"{OBJECT}?frameNumber=7"),
        (f"{WADO}&region=0.1,0.2,0.3,0.4&contentType=image/png".replace("&", "&amp;"),
         f"{OBJECT}?contentType=image/png&region=0.1,0.2,0.3,0.4"),
        (WADO.partition("?")[2], OBJECT),
        (f"{WADO}&signature=abc&keyId=k&expires=9", OBJECT),
        ("1.3", "/studies/1.3"),
        ("1.3.1", "/studies/1.3/series/1.3.1"),
        ("1.3.1.1", OBJECT),
        ("1.3 1.3.1 1.3.1.1", OBJECT),
        ("/studies/1.3/series/1.3.1", "/studies/1.3/series/1.3.1"),
        ("https://10.0.0.1:8042/dicom-web/studies/1.3/series/1.3.1/instances/1.3.1.1/frames/1", OBJECT),
        ("http://pacs.example/studies/1.3?x", "/studies/1.3"),
        ("9.9.9, 1.3", "/studies/1.3"),
    ],
)  # fmt: skip
def test_what_is_pasted_opens_its_page(site: As, pasted: str, page: str) -> None:
    """A WADO URL opens its object with its parameters, by the same names; UIDs open what they name."""
    answer = site.get(f"/?q={quote(pasted, safe='')}")
    assert answer.status_code == 303
    assert answer.headers["location"] == page
    assert site.get(f"/?lang=zh&q={quote(pasted, safe='')}").headers["location"].endswith("lang=zh-CN")


@pytest.mark.parametrize(
    "pasted",
    ["9.9.9", "1.3.1.1.1", WADO.replace("1.3.1.1", "9"), "objectUID=" + "1" * 9000, "objectUID=&" + "a&" * 200],
)
def test_what_is_pasted_and_not_there_is_said(site: As, pasted: str) -> None:
    """No list of studies that have such digits somewhere, and no error."""
    answer = site.get(f"/?q={quote(pasted, safe='')}")
    assert answer.status_code == 200
    assert "not in this archive" in answer.text
    assert '<li class="study">' not in answer.text


def test_numbers_without_dots_are_words(site: As) -> None:
    """A patient's number is no UID."""
    assert site.studies(q="77777777") == []
    assert site.studies(q="20240102") == site.studies(q="2024-01-02") == ["1.2.1"]


def test_who_may_see_some_studies_finds_these(index: SqliteIndex) -> None:
    """Neither words nor UIDs tell of what may not be seen; how many there are in all is not told either."""
    mine = As(pages(index), permission({"patient_id": "P2"}))
    assert (mine.studies(), mine.studies(q="muller"), mine.studies(q="小東")) == (["1.3"], ["1.3"], [])
    for uid in ("1.2.1", "1.2.1.1", "1.2.1.1.1"):
        assert "not in this archive" in mine.get(f"/?q={uid}").text
    assert mine.get("/?q=1.3.1.1").status_code == 303
    images = As(pages(index), permission({"modality": "MR"}))
    assert (images.studies(q="sag"), images.studies(q="confidential")) == (["1.3"], [])
    nobody = As(pages(index), permission({"patient_id": "P3"}))
    assert "No rule of this server lets you see" in nobody.get("/").text


@pytest.mark.parametrize(
    ("takes_in", "rights", "shown"),
    [(True, None, True), (False, None, False), (True, ["view"], False), (True, ["view", "store"], True)],
)
def test_the_upload_is_there_for_who_may_store(
    index: SqliteIndex, *, takes_in: bool, rights: list[str] | None, shown: bool
) -> None:
    """Where nothing is taken in, or not from who asks, there is no control for it."""
    allowed = None if rights is None else permission({"rights": rights})
    text = As(pages(index, takes_in=takes_in), allowed).get("/").text
    assert ("data-upload" in text) == shown
    assert ("/static/upload." in text) == shown


def test_below_a_path_the_search_stays_below_it(index: SqliteIndex) -> None:
    """The form, what is pasted and the pages of a search stay under the root."""
    routes = page_routes(index=index, store=FileStore(), wado_path="/wado", takes_in=True)
    site = As(ProblemAnswers(Router([Mount("/archive", routes=routes)])), None)
    text = site.get("/archive/?name=%E5%B0%8F").text
    assert set(re.findall(r'action="([^"]*)"', text)) == {"/archive/"}
    assert 'data-studies="/archive/studies"' in text
    assert re.findall(r'rel="next" href="(/archive/\?)', text)
    assert site.get("/archive/?q=1.3").headers["location"] == "/archive/studies/1.3"
