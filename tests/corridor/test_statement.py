"""The conformance statement as the real server gives it: of itself, in three forms and two languages."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from lxml import html

from pdf_reading import opened_pdf

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("statement")


@pytest.fixture(scope="module")
def server(start_server: Callable[..., RunningServer]) -> RunningServer:
    """Give a server that takes objects in, with settings of its own."""
    return start_server(
        "--stow",
        "--insecure-no-auth",
        OPENWADO_AE_TITLE="HERE",
        OPENWADO_MAX_ASSOCIATIONS="17",
        OPENWADO_ANNOTATION_EXTENSIONS="yes",
    )


def ask(server: RunningServer, query: str = "", **headers: str) -> httpx.Response:
    """Ask for the statement; names of header fields have underscores."""
    fields = {"Accept": "", "Accept-Language": ""} | {name.replace("_", "-"): value for name, value in headers.items()}
    return server.client.get(f"/statement{query}", headers={name: value for name, value in fields.items() if value})


def rows_of(answer: httpx.Response) -> list[list[str]]:
    """Return the cells of all rows of tables in a page."""
    page = html.fromstring(answer.text)
    return [["".join(map(str, cell.itertext())) for cell in row] for row in page.iter("tr")]


def test_it_is_a_page_of_this_server(server: RunningServer) -> None:
    """HTML in English without script or anything from elsewhere, true of the settings in use."""
    answer = ask(server)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html;charset=UTF-8"
    assert answer.headers["content-language"] == "en"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    rows = rows_of(answer)
    assert next(row for row in rows if row[0] == "Store (STOW-RS)")[-1] == "yes"
    assert next(row for row in rows if row[0] == "Storage (C-STORE)")[-1] == "no"
    assert next(row for row in rows if row[0] == "max_associations")[1] == "17"
    assert ["AE title", "HERE"] in rows
    assert "the server that made this statement" in answer.text


@pytest.mark.parametrize(
    ("query", "accept", "media_type", "begin"),
    [
        ("?format=md", "", "text/markdown;charset=UTF-8", b"# DICOM Conformance Statement\n"),
        ("?format=pdf", "", "application/pdf", b"%PDF-"),
        ("?format=html", "application/pdf", "text/html;charset=UTF-8", b"<!DOCTYPE html>"),
        ("", "text/markdown", "text/markdown;charset=UTF-8", b"# DICOM Conformance Statement\n"),
        ("", "text/html;q=0.5, application/pdf", "application/pdf", b"%PDF-"),
        ("", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html;charset=UTF-8", b"<!DOCTYPE html>"),
        ("", "image/png, */*;q=0.1", "text/html;charset=UTF-8", b"<!DOCTYPE html>"),
    ],
)
def test_its_form_is_named_or_accepted(
    server: RunningServer, query: str, accept: str, media_type: str, begin: bytes
) -> None:
    """The parameter goes before Accept; browsers get the page."""
    answer = ask(server, query, Accept=accept)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    assert answer.content.startswith(begin)
    assert answer.headers["vary"] == "Accept, Accept-Language"


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        ("?lang=zh", "", "zh-CN"),
        ("?lang=zh-CN", "en", "zh-CN"),
        ("?lang=en", "zh-CN,zh;q=0.9", "en"),
        ("", "zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("", "fr", "en"),
    ],
)
def test_its_language_is_named_or_accepted(server: RunningServer, query: str, accepted: str, language: str) -> None:
    """The parameter goes before Accept-Language; who wants another language gets English."""
    answer = ask(server, query, Accept_Language=accepted)
    assert answer.headers["content-language"] == language
    assert f'<html lang="{language}">' in answer.text
    assert ("一致性声明" in answer.text) is (language == "zh-CN")


def test_it_is_a_file_to_print_in_chinese(server: RunningServer) -> None:
    """PDF with chapters, contents and requirements, which can be searched for Chinese words."""
    answer = ask(server, "?format=pdf&lang=zh")
    assert answer.headers["content-disposition"] == 'inline; filename="conformance-statement.pdf"'
    pages = opened_pdf(answer.content).pages
    assert len(pages) > 30
    assert "一致性声明" in pages[0].extract_text()
    assert "REQ-URI-8.1.1-1" in "".join(page.extract_text() for page in pages[-25:])


@pytest.mark.parametrize(
    ("query", "name", "right"),
    [("?format=docx", "format", "html, md, pdf"), ("?lang=fr", "lang", "en, zh"), ("?lang=", "lang", "en, zh")],
)
def test_what_there_is_not_is_named(server: RunningServer, query: str, name: str, right: str) -> None:
    """400 names the parameter and what would be right."""
    answer = ask(server, query)
    assert answer.status_code == 400
    assert f"Concerns: {name}" in answer.text
    assert f"{name} is one of {right}." in answer.text


def test_a_form_that_nobody_can_give_is_406(server: RunningServer) -> None:
    """It names those that there are."""
    answer = ask(server, Accept="image/png")
    assert answer.status_code == 406
    assert "application/pdf" in answer.text


def test_other_methods(server: RunningServer) -> None:
    """HEAD has the fields of GET, OPTIONS names the methods, POST is refused."""
    get = ask(server, "?format=md")
    head = server.client.head("/statement?format=md")
    assert head.content == b""
    for name in ("content-length", "etag", "content-type", "content-language"):
        assert head.headers[name] == get.headers[name]
    assert server.client.options("/statement").headers["allow"] == "GET, HEAD, OPTIONS"
    refused = server.client.post("/statement")
    assert refused.status_code == 405
    assert refused.headers["allow"] == "GET, HEAD, OPTIONS"


def test_it_is_kept_by_clients(server: RunningServer) -> None:
    """A tag tells forms and languages apart, and answers 304 as long as it is the same."""
    tags = {query: ask(server, query).headers["etag"] for query in ("", "?lang=zh", "?format=md", "?format=pdf")}
    assert len(set(tags.values())) == len(tags)
    for query, tag in tags.items():
        assert ask(server, query, If_None_Match=tag).status_code == 304
    assert ask(server, "", If_None_Match=tags["?lang=zh"]).status_code == 200


def test_many_ask_at_a_time(server: RunningServer) -> None:
    """All get the same, made once, also one that nobody asked for before."""
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: ask(server, "?format=md&lang=zh").content, range(8)))
    assert len(set(found)) == 1


def test_it_names_no_objects_and_no_places(server: RunningServer) -> None:
    """Where the archive lies is nobody's business."""
    answer = ask(server, "?format=md")
    assert str(server.log.parent) not in answer.text


@pytest.mark.parametrize(("language", "words"), [("en", "Conformance"), ("zh-CN", "一致性声明")])
def test_pages_lead_to_it(server: RunningServer, language: str, words: str) -> None:
    """In their own language."""
    page = html.fromstring(server.client.get(f"/?lang={language}", headers={"Accept": "text/html"}).text)
    (link,) = (link for link in page.cssselect("footer a") if str(link.get("href")).startswith("/statement"))
    answer = server.client.get(str(link.get("href")), headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["content-language"]) == (200, language)
    assert words in answer.text
