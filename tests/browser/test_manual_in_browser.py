"""The manual, and the examples of pictures in pages of others, in a real browser against the real command."""

from __future__ import annotations

import functools
import http.server
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from nginx import replaced
from served_command import served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("manual in a browser")]

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples" / "embedding"
WRITTEN = "http://127.0.0.1:8080/"
PHONE, LAPTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
WIDER_THAN_SCREEN = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
#: Waits for all pictures; returns the addresses of those that do not show anything.
MISSING = """async () => {
  await Promise.all([...document.images].map(image => image.decode().catch(() => {})));
  return [...document.images].filter(image => image.naturalWidth === 0).map(image => image.src);
}"""


class _Files(http.server.SimpleHTTPRequestHandler):
    """Sends files, and says nothing of it."""

    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {".xhtml": "application/xhtml+xml"}

    def log_message(self, *_: object) -> None:
        """Leave it."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Give a web server of somebody else, and the folder that it shows."""
    folder = tmp_path_factory.mktemp("site")
    handler = functools.partial(_Files, directory=str(folder))
    with http.server.ThreadingHTTPServer(("localhost", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}", folder
        server.shutdown()


@pytest.fixture(scope="module")
def server(site: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a server of the samples, whose pages that site may frame."""
    folder = tmp_path_factory.mktemp("server")
    for path in EXAMPLES.iterdir():
        (site[1] / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (site[1] / "favicon.ico").touch()
    arguments: list[str | Path] = ["serve", "--port", "0", "--workers", "1", "--data", folder / "data"]
    with served(arguments, folder, OPENWADO_FRAME_ANCESTORS=site[0]) as (_, url):
        for path in site[1].iterdir():
            text = path.read_text(encoding="utf-8")
            if WRITTEN in text:
                path.write_text(replaced(text, {WRITTEN: f"{url}/"}), encoding="utf-8")
        yield url


@pytest.fixture
def tab(browser: Browser) -> Iterator[Callable[..., tuple[Page, list[str]]]]:
    """Give a function that opens a tab, and a list of what is complained about in it."""
    contexts = []

    def opened(**options: object) -> tuple[Page, list[str]]:
        context = browser.new_context(**({"viewport": LAPTOP} | options))  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page, complaints

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("size", "scheme"), [(LAPTOP, "light"), (PHONE, "dark")])
def test_every_page_of_the_manual_is_whole(
    tab: Callable[..., tuple[Page, list[str]]],
    server: str,
    violations: Callable[[Page], list[str]],
    size: dict[str, int],
    scheme: str,
) -> None:
    """From the contents by "next" to the last page: pictures load, nothing is too wide, everybody can use it."""
    page, complaints = tab(viewport=size, color_scheme=scheme)
    page.goto(f"{server}/docs/")
    seen = []
    while True:
        seen.append(page.url)
        assert page.evaluate(MISSING) == [], page.url
        assert not page.evaluate(WIDER_THAN_SCREEN), page.url
        if page.url.endswith(("/docs/", "/embedding", "/parameters")):
            assert violations(page) == [], page.url
        further = page.locator("a[rel=next]")
        if not further.count():
            break
        address = str(further.get_attribute("href"))
        further.click()
        page.wait_for_url(f"**/{address.rpartition('/')[2].partition('?')[0]}*")
    assert len(seen) == len(set(seen)) >= 22
    assert complaints == []


def test_contents_lead_to_pages_in_the_chosen_language(tab: Callable[..., tuple[Page, list[str]]], server: str) -> None:
    """The switch above the page stays within the page; links then stay in the language; the footer leads here."""
    page, complaints = tab(locale="en-US")
    page.goto(server)
    page.click("footer a")
    page.wait_for_url("**/docs/")
    page.click("nav.contents a:text-is('Getting started')")
    page.click("a:text-is('中文')")
    page.wait_for_url("**/docs/getting-started?lang=zh-CN")
    assert page.inner_text("h1") == "快速入门"
    page.click("article a:text-is('在网页中嵌入图像')")
    page.wait_for_url("**/docs/embedding?lang=zh-CN")
    page.click("article a:text-is('English')")
    page.wait_for_url("**/docs/embedding?lang=en")
    page.click("nav.onpage a:text-is('XML')")
    assert page.url.endswith("#xml")
    assert complaints == []


def test_the_page_of_the_examples(
    tab: Callable[..., tuple[Page, list[str]]], server: str, site: tuple[str, Path]
) -> None:
    """A page of another origin shows pictures, an animation, a video, a report and an ECG; its link is the object."""
    page, complaints = tab(device_scale_factor=2)
    page.goto(f"{site[0]}/page.html")
    assert page.evaluate(MISSING) == []
    assert page.evaluate("document.querySelector('#picture').naturalWidth") == 384
    sharp = page.evaluate("document.querySelector('#sharp').currentSrc")
    assert "columns=512" in sharp
    page.wait_for_function("document.querySelector('#video').readyState > 0")
    report = page.frame_locator("#report")
    report.locator("h1").wait_for()
    assert "Diagnostic imaging report" in report.locator("body").inner_text()
    answer = page.request.get(page.get_attribute("#object", "href") or "")
    assert (answer.headers["content-type"], answer.body()[128:132]) == ("application/dicom", b"DICM")
    assert server in sharp
    assert complaints == []


@pytest.mark.parametrize("name", ["page.xhtml", "drawing.svg"])
def test_pages_in_xml(
    tab: Callable[..., tuple[Page, list[str]]], server: str, site: tuple[str, Path], name: str
) -> None:
    """XHTML and SVG are parsed as XML and show the picture."""
    page, complaints = tab()
    with page.expect_response(lambda answer: answer.url.startswith(f"{server}/wado")) as found:
        page.goto(f"{site[0]}/{name}")
    assert found.value.headers["content-type"] == "image/jpeg"
    assert page.evaluate("document.contentType").endswith("+xml")
    assert complaints == []


def test_xslt_makes_a_page_of_uids(
    tab: Callable[..., tuple[Page, list[str]]], server: str, site: tuple[str, Path]
) -> None:
    """The style sheet makes of each finding a picture that loads; the CDA example is XML with one address."""
    folder = site[1]
    sheet = etree.XSLT(etree.parse(str(folder / "findings.xsl")))
    made = sheet(etree.parse(str(folder / "findings.xml")), server=etree.XSLT.strparam(f"{server}/wado"))
    (folder / "findings.html").write_bytes(bytes(made))
    page, complaints = tab()
    page.goto(f"{site[0]}/findings.html")
    assert page.evaluate(MISSING) == []
    assert page.evaluate("[...document.images].map(image => image.naturalHeight)") == [256, 256]
    reference = etree.parse(str(folder / "observation-media.xml")).find(".//{urn:hl7-org:v3}reference")
    assert reference is not None
    assert page.request.get(str(reference.get("value"))).headers["content-type"] == "image/jpeg"
    assert complaints == []
