"""/docs: in the language of who reads it, below any root, with the page's own policy, and 304 for what is known."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.routing import Mount, Router

from openwado.archive.file_store import FileStore
from openwado.archive.sqlite import SqliteIndex
from openwado.server.page import HEADERS, page_routes
from openwado.server.problems import ProblemAnswers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Give a function that asks for an address; root: of the application; has_manual: whether it is there."""
    index = SqliteIndex(tmp_path_factory.mktemp("manual") / "index.sqlite")

    def asked(
        address: str, *, root: str = "", has_manual: bool = True, method: str = "GET", **fields: str
    ) -> httpx.Response:
        routes = page_routes(index=index, store=FileStore(), wado_path="/wado", has_manual=has_manual)
        app = ProblemAnswers(Router([Mount(root, routes=routes)] if root else routes))
        sent = {"accept": "text/html", **{name.replace("_", "-"): value for name, value in fields.items()}}

        async def get() -> httpx.Response:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://pacs.example") as client:
                return await client.request(method, root + address, headers=sent)

        return asyncio.run(get())

    yield asked
    index.close()


def test_the_folder_is_led_to(ask: Ask) -> None:
    """/docs leads to /docs/ below the root, for addresses in pages are relative; a language stays."""
    assert ask("/docs", root="/below").headers["location"] == "/below/docs/"
    answer = ask("/docs?lang=zh-CN")
    assert (answer.status_code, answer.headers["location"]) == (308, "/docs/?lang=zh-CN")


@pytest.mark.parametrize(
    ("address", "accepted", "language", "words"),
    [
        ("/docs/", "en", "en", "The manual"),
        ("/docs/", "zh-CN,zh;q=0.9", "zh-CN", "手册"),
        ("/docs/?lang=zh-CN", "en", "zh-CN", "手册"),
        ("/docs/getting-started", "zh", "zh-CN", "快速入门"),
        ("/docs/embedding?lang=en", "zh", "en", "Pictures in web pages"),
        ("/docs/limits", "zh", "zh-CN", "本页仅有英文版"),
    ],
)
def test_pages_are_in_the_language_of_who_reads_them(
    ask: Ask, address: str, accepted: str, language: str, words: str
) -> None:
    """By the address, else by Accept-Language (RFC 9110 12.5.4); what is in English only says so."""
    answer = ask(address, accept_language=accepted)
    assert answer.status_code == 200
    assert answer.headers["content-language"] == language
    assert "Accept-Language" in answer.headers["vary"]
    assert f'<html lang="{language}">' in answer.text
    assert words in answer.text


def test_a_page_in_another_language_than_its_frame_says_so(ask: Ask) -> None:
    """Readers aloud have to know: the article has the language that it is in."""
    text = ask("/docs/limits?lang=zh-CN").text
    assert '<article class="prose" lang="en">' in text
    assert "lang=zh-CN" in text.partition("<article")[2]


def test_all_below_a_root(ask: Ask) -> None:
    """Behind a proxy that mounts the server below a path, style, contents and pictures are below it too."""
    text = ask("/docs/parameters", root="/below").text
    assert 'href="/docs' not in text
    assert 'src="/' not in text.replace('src="/below/static/', "")
    assert 'href="/below/docs/settings"' in text
    assert 'src="./pictures/rows-1.jpg"' in text
    assert ask("/docs/pictures/rows-1.jpg", root="/below").headers["content-type"] == "image/jpeg"


def test_headers(ask: Ask) -> None:
    """A page has the policy of all pages, a file cannot be taken for another type; neither is a patient's."""
    page, picture, text = (
        ask(f"/docs/{name}") for name in ("limits", "pictures/rows-1.jpg", "examples/embedding/page.html")
    )
    assert page.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
    for answer in (page, picture, text):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-cache"
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    drawing = ask("/docs/examples/embedding/drawing.svg")
    assert drawing.headers["content-type"] == "image/svg+xml"
    assert drawing.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("address", ["/docs/limits", "/docs/pictures/rows-1.jpg"])
def test_what_is_known_is_not_sent_again(ask: Ask, address: str) -> None:
    """304 for the same entity tag (RFC 9110 13.1.2), 200 for another; HEAD has no body."""
    answer = ask(address)
    again = ask(address, if_none_match=answer.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == answer.headers["etag"]
    assert ask(address, if_none_match='"other"').status_code == 200
    head = ask(address, method="HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == answer.headers["content-length"]


@pytest.mark.parametrize(
    "address",
    ["/docs/nothing", "/docs/../pyproject.toml", "/docs/%2e%2e/pyproject.toml", "/docs//etc/passwd", "/docs/limits.md",
     "/docs/examples/nginx", "/docs/pictures/", "/docs/README", "/docs/docs/limits"],
)  # fmt: skip
def test_nothing_else_is_there(ask: Ask, address: str) -> None:
    """Only names of the manual are answered."""
    assert ask(address).status_code == 404


def test_a_language_that_there_is_not(ask: Ask) -> None:
    """400 that names the parameter."""
    assert ask("/docs/limits?lang=xx").status_code == 400


def test_the_manual_can_be_switched_off(ask: Ask) -> None:
    """Without it there is nothing at /docs, and no page leads there."""
    assert ask("/docs/", has_manual=False).status_code == 404
    assert "/docs" not in ask("/", has_manual=False).text
    assert 'href="/docs/"' in ask("/").text
