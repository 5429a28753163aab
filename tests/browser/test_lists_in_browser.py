"""Finding, opening and adding in a real browser, against the real command: all widths, languages and colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from browser.test_page_in_browser import LOAD_ALL, WIDER_THAN_SCREEN, Tab
from made_objects import write_object
from openwado.samples import write_samples
from openwado.server.page_wording import Wording
from served_command import served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    Open = Callable[..., Tab]

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("lists in browser")]

WIDTHS = {390: 844, 1280: 800, 2560: 1440}
#: Studies of our own, besides the samples: more than two pages.
MANY = 66
MOST_BYTES = 100_000

#: Gathers what of the page has moved since it began, and how much (Layout Instability API).
SHIFTS = """
  window.shifted = [];
  const place = rect => [rect.x, rect.y, rect.width, rect.height].map(Math.round).join(" ");
  const told = source => `${source.node?.outerHTML?.slice(0, 80) ?? source.node?.textContent}:`
    + ` ${place(source.previousRect)} -> ${place(source.currentRect)}`;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries())
      if (!entry.hadRecentInput && entry.value)
        window.shifted.push([entry.value, ...entry.sources.map(told)].join(" | "));
  }).observe({type: "layout-shift", buffered: true});
"""


@dataclass(frozen=True)
class Server:
    """A running server, and files to send to it."""

    url: str
    folder: Path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start `openwado serve --stow` over the samples and many small studies."""
    folder = tmp_path_factory.mktemp("lists")
    stored, sent = folder / "stored", folder / "sent"
    write_samples(stored)
    for n in range(MANY):
        uid, name = f"1.2.40.{n}", "王^小東" if n % 2 else "Müller^Jörg"
        said: dict[str, Any] = {
            "StudyDate": f"2019{n // 28 + 1:02d}{n % 28 + 1:02d}",
            "PatientName": name,
            "PatientID": f"MANY{n:03d}",
        }
        write_object(stored / f"{n}.dcm", f"{uid}.1.1", uid, f"{uid}.1", **said, SpecificCharacterSet="ISO_IR 192")
    (sent / "deep" / "deeper").mkdir(parents=True)
    for n, path in enumerate(("a.dcm", "deep/b.dcm", "deep/deeper/c.dcm")):
        write_object(sent / path, f"1.2.41.1.{n}", "1.2.41", "1.2.41.1", PatientName="Sent^Anna")
    (sent / "deep" / "notes.txt").write_text("this is no DICOM object", encoding="utf-8")
    command: list[str | Path] = ["serve", stored, "--stow", "--port", "0", "--workers", "1", "--data", folder / "data"]
    with served(command, folder) as (_, address):
        yield Server(address, sent)


@pytest.fixture
def tab(browser: Browser, server: Server) -> Iterator[Open]:
    """Give a function that opens a tab: its width, its language, and options of a browser context."""
    contexts = []

    def open_tab(width: int = 1280, language: str = "en", **options: Any) -> Tab:  # noqa: ANN401 -- as Playwright has them
        size = {"width": width, "height": WIDTHS[width]}
        context = browser.new_context(viewport=size, locale=language, **options)  # type: ignore[arg-type]
        contexts.append(context)
        return Tab(context.new_page(), server.url)

    yield open_tab
    for context in contexts:
        context.close()


def kept_in(gathered: list[Any]) -> Callable[[Any], None]:
    """Return a function that keeps what it is given: Playwright marks what it calls, and cannot mark `append`."""

    def keep(one: Any) -> None:  # noqa: ANN401 -- a request or a route
        gathered.append(one)

    return keep


def focused(page: Page) -> str:
    """Return the address of the link that has the focus, "" where none has."""
    return str(page.evaluate("document.activeElement.getAttribute('href') ?? ''"))


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_study_is_found_and_opened_by_the_keyboard_alone(tab: Open, width: int, language: str) -> None:
    """/ and a name, Enter; j to the second one, Enter; arrows among its objects, Enter; Escape goes up again."""
    opened, say = tab(width, language), Wording(language)
    page = opened.go("/").page
    assert page.locator("html").get_attribute("lang") == language
    page.keyboard.press("/")
    page.keyboard.type("jorg many")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=jorg+many")
    assert page.inner_text(".heading .count") == say("n found", n=MANY // 2)
    assert page.input_value("#q") == "jorg many"
    assert not page.evaluate(WIDER_THAN_SCREEN)
    links = opened.links(".study h2 a")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert focused(page) == links[1]
    page.keyboard.press("k")
    assert focused(page) == links[0]
    page.keyboard.press("ArrowDown")
    columns = page.evaluate(
        "getComputedStyle(document.querySelector('.studies')).gridTemplateColumns.split(' ').length"
    )
    assert focused(page) == links[columns]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    assert focused(page) == links[1]
    page.keyboard.press("End")
    assert focused(page) == links[-1]
    page.keyboard.press("Home")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/studies/*")
    assert page.inner_text("h1") == "Müller, Jörg"
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/instances/*")
    for pattern in ("**/series/*", "**/studies/*", "**/"):
        page.keyboard.press("Escape")
        page.wait_for_url(pattern)
    assert opened.complaints == []


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_study_is_found_and_opened_by_the_pointer_alone(tab: Open, width: int, language: str) -> None:
    """Fields, the button, pages and the jump; then study, series and object, and the way back to all studies."""
    opened, say = tab(width, language), Wording(language)
    page = opened.go("/").page
    assert page.inner_text(".pages span") == say("page of", n=1, all=3)
    page.click("a[rel=next]")
    page.wait_for_url("**/?page=2")
    page.fill("#page", "3")
    page.click(".pages form .button")
    page.wait_for_url("**/?page=3")
    page.click(".search summary")
    page.fill("#name", "小?")
    page.fill("#from", "2019-01-01")
    page.fill("#to", "2019-01-31")
    page.fill("#modality", "ct")
    page.click(".search .main")
    page.wait_for_url("**/?modality=ct&from=2019-01-01&to=2019-01-31&name=*")
    assert page.inner_text(".heading .count") == say("n found", n=14)
    first = page.locator(".study").first
    assert first.locator("h2").inner_text() == "王小東"
    assert say.date("20190128") in first.inner_text()
    first.locator("h2 a").click()
    page.wait_for_url("**/studies/*")
    assert page.locator(".tile img").count() == 1
    page.click("section.series h2 a")
    page.wait_for_url("**/series/*")
    assert say("n objects", n=1) in page.inner_text(".heading")
    page.click(".tile a.well")
    page.wait_for_url("**/instances/*")
    assert page.evaluate(LOAD_ALL) == []
    page.locator(".path a").first.click()
    page.wait_for_url("**/")
    assert not page.evaluate(WIDER_THAN_SCREEN)
    assert opened.complaints == []


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("width", WIDTHS)
def test_everybody_can_use_every_page(
    tab: Open, violations: Callable[[Page], list[str]], width: int, language: str
) -> None:
    """Axe finds nothing wrong, in light or dark: lists, a search that finds nothing, study, series, error, keys."""
    opened = tab(width, language)
    page = opened.page

    def check() -> None:
        assert not page.evaluate(WIDER_THAN_SCREEN), page.url
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert violations(page) == [], (scheme, page.url)

    study = opened.go("/?q=many065").links(".study h2 a")[0]
    series = opened.go(study).links("section.series h2 a")[0]
    instance = opened.go(study).links(".tile a.well")[0]
    for path in ("/?page=2", "/?name=jorg&modality=CT", "/?q=nobody", study, series, instance):
        opened.go(path)
        check()
    page.goto(page.url.partition("/studies/")[0] + "/studies/9.9")
    assert page.inner_text("h1") == Wording(language)("status 404")
    check()
    opened.go("/").page.keyboard.press("?")
    assert page.is_visible("dialog h2")
    check()


@pytest.mark.parametrize(
    ("width", "language", "slower"),
    [
        *((width, language, 1) for width in WIDTHS for language in ("en", "zh-CN")),
        (1280, "en", 12),
        (2560, "zh-CN", 12),
    ],
)
def test_nothing_jumps(tab: Open, width: int, language: str, slower: int) -> None:
    """The layout shift of every list is 0 from its first paint until all pictures have come; and they come lazily.

    On a machine that is twelve times slower, too: half of a page would be laid out before the rest is read.
    """
    opened = tab(width, language)
    page = opened.page
    page.add_init_script(SHIFTS)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/wado?" in request.url else None)
    study = max(opened.go("/").links(".study h2 a"), key=len)
    for path in ("/", "/?q=many", study):
        asked.clear()
        opened.go(path)
        page.wait_for_load_state("networkidle")
        assert page.locator("main img[loading=lazy]").count() == page.locator("main img").count()
        seen = len(asked)
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        assert page.evaluate(LOAD_ALL) == []
        if path == "/?q=many" and width == 390:
            assert seen < len(asked) == 30, "only those near the screen come before somebody scrolls"
        assert page.evaluate("window.shifted") == [], path


def test_colours_follow_the_system_or_the_switch(tab: Open) -> None:
    """The switch goes through three states, which last, and cost no cookie; dark is the same dark either way."""
    grounds = {}
    colour = "getComputedStyle(document.body).backgroundColor"
    variables = """Object.fromEntries(["ground", "card", "ink", "soft", "line", "edge", "mark", "mark-ink", "tint",
      "tint-ink", "bad", "lift", "quiet", "well"].map(name =>
        [name, getComputedStyle(document.documentElement).getPropertyValue("--" + name)]))"""
    for scheme in ("light", "dark"):
        opened = tab(color_scheme=scheme)
        page = opened.go("/").page
        button = page.locator("[data-theme-switch]")
        for name in ("system", "light", "dark"):
            assert button.get_attribute("aria-label") == f"Colours: {Wording('en')(f'theme {name}')}"
            grounds[scheme, name] = page.evaluate(variables)
            assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == (
                "light dark" if name == "system" else name
            )
            if name != "dark":
                button.click()
        before = page.evaluate(colour)
        opened.go("/studies/1.2.40.1")
        assert page.evaluate(colour) == before
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert page.context.cookies() == []
        assert opened.complaints == []
    light, dark = grounds["light", "system"], grounds["dark", "system"]
    assert light != dark
    assert [grounds["dark", "light"], grounds["light", "light"]] == [light, light]
    assert [grounds["light", "dark"], grounds["dark", "dark"]] == [dark, dark]


def test_the_language_is_switched_and_kept_by_the_address(tab: Open) -> None:
    """The switch names a language in the address, from where on every link, form and error has it."""
    opened = tab()
    page = opened.go("/?q=many").page
    page.click(".tools nav a")
    page.wait_for_url("**/?q=many&lang=zh-CN")
    assert page.inner_text("h1") == "检查列表"
    inside = [link for link in opened.links("main a, .path a, .brand") if not link.startswith("#")]
    assert inside
    assert all(dict(parse_qsl(urlsplit(link).query)).get("lang") == "zh-CN" for link in inside)
    page.fill("#q", "many000")
    page.press("#q", "Enter")
    page.wait_for_url("**/?lang=zh-CN&q=many000")
    page.click(".study h2 a")
    page.wait_for_url("**/studies/1.2.40.0?lang=zh-CN")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    page.fill("[data-search]", "1.2.40.1.1.1")
    page.press("[data-search]", "Enter")
    page.wait_for_url("**/instances/1.2.40.1.1.1?lang=zh-CN")
    page.click(".tools nav a")
    page.wait_for_url("**/instances/1.2.40.1.1.1?lang=en")
    assert page.context.cookies() == []


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_wado_url_that_is_pasted_opens_its_object(tab: Open, server: Server, width: int, language: str) -> None:
    """Pasted into the search of any page; its parameters go with it."""
    opened = tab(width, language)
    page = opened.go("/studies/1.2.40.2").page
    uids = "studyUID=1.2.40.3&seriesUID=1.2.40.3.1&objectUID=1.2.40.3.1.1"
    page.keyboard.press("/")
    page.keyboard.insert_text(f"{server.url}/wado?requestType=WADO&{uids}&rows=64")
    page.keyboard.press("Enter")
    page.wait_for_url("**/studies/1.2.40.3/series/1.2.40.3.1/instances/1.2.40.3.1.1?rows=64")
    assert opened.complaints == []


def test_single_keys_can_be_switched_off(tab: Open) -> None:
    """WCAG 2.1.4: then letters do nothing, also on the next page; arrows in a list and Escape still do."""
    opened = tab()
    page = opened.go("/").page
    page.click("[data-keys-open]")
    page.uncheck("[data-keys-single]")
    page.click("dialog .button")
    opened.go("/?q=many")
    page.keyboard.press("j")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement === document.body")
    page.focus(".study h2 a")
    page.keyboard.press("ArrowRight")
    assert focused(page) == opened.links(".study h2 a")[1]
    page.keyboard.press("Escape")
    page.wait_for_url("**/")
    assert opened.complaints == []


def test_without_script_studies_are_found(tab: Open) -> None:
    """The form, pages and links do; what would do nothing is not there."""
    page = tab(390, java_script_enabled=False).go("/").page
    for selector in ("[data-theme-switch]", "[data-keys-open]", "[data-upload]", "dialog"):
        assert not page.is_visible(selector), selector
    page.fill("#q", "jorg many064")
    page.press("#q", "Enter")
    page.wait_for_url("**/?q=jorg+many064&**")
    page.click(".study h2 a")
    page.wait_for_url("**/studies/1.2.40.64")


# ---------------------------------------------------------------------- objects sent


def said(page: Page) -> str:
    """Return what the upload says once it is at its end."""
    page.wait_for_selector("[data-upload]:not([data-busy]) [data-upload-stop][hidden]", state="attached")
    return page.inner_text("[data-upload-said]")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("width", WIDTHS)
def test_chosen_files_are_stored(tab: Open, server: Server, width: int, language: str) -> None:
    """A file chooser with several files: what came in is linked, what did not has the server's reason."""
    opened, say = tab(width, language), Wording(language)
    page = opened.go("/").page
    files = [server.folder / "a.dcm", server.folder / "deep" / "notes.txt"]
    page.locator("[data-files]").first.set_input_files(files)
    assert said(page) == say("upload done", n=1, failed=1)
    assert page.inner_text("[data-upload-refused] li") == f"notes.txt {say('unreadable')}"
    assert page.inner_text("[data-upload-stored] li") == say("upload study", n=1, uid="1.2.41")
    assert page.evaluate("document.querySelector('progress').value === document.querySelector('progress').max")
    assert not page.evaluate(WIDER_THAN_SCREEN)
    page.click("[data-upload-stored] a")
    page.wait_for_url("**/studies/1.2.41")
    assert page.inner_text("h1") == "Sent, Anna"


def test_a_folder_is_dropped(tab: Open, server: Server, violations: Callable[[Page], list[str]]) -> None:
    """All files of a folder, however deep, by the browser's own drag and drop; the place lights up meanwhile."""
    opened = tab()
    page = opened.go("/").page
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(server.folder)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 300, "data": data})
        if kind == "dragOver":
            page.wait_for_selector("[data-upload][data-over]")
    assert said(page) == Wording("en")("upload done", n=3, failed=1)
    refused = page.inner_text("[data-upload-refused] li")
    assert refused == f"sent/deep/notes.txt {Wording('en')('unreadable')}"
    assert page.inner_text("[data-upload-stored] li") == "Study 1.2.41: 3 objects"
    assert not page.locator("[data-over]").count()
    assert violations(page) == []
    assert [words for words in opened.complaints if "400 (Bad Request)" not in words] == []


def test_a_folder_is_chosen(tab: Open, server: Server) -> None:
    """The other chooser takes a folder with all that is below it."""
    page = tab().go("/").page
    page.locator("[data-files]").nth(1).set_input_files(server.folder)
    assert said(page) == Wording("en")("upload done", n=3, failed=1)


def test_what_is_temporary_is_tried_again(tab: Open, server: Server) -> None:
    """503 with Retry-After is waited for; a connection that breaks leaves a button to try again, which acts."""
    opened = tab()
    page = opened.go("/").page
    tries: list[str] = []

    def answer(route: Any) -> None:  # noqa: ANN401 -- Playwright's
        tries.append(route.request.headers["content-type"])
        if len(tries) == 1:
            route.fulfill(status=503, headers={"Retry-After": "1"}, body="Later.")
        elif len(tries) == 2:
            route.abort()
        else:
            route.continue_()

    page.route("**/studies", answer)
    page.locator("[data-files]").first.set_input_files(server.folder / "a.dcm")
    page.wait_for_selector("[data-upload-again]:not([hidden])")
    assert page.inner_text("[data-upload-refused] li") == f"a.dcm {Wording('en')('upload broken')}"
    page.click("[data-upload-again]")
    page.wait_for_selector("[data-upload-stored]:not([hidden]) a")
    assert said(page) == Wording("en")("upload done", n=1, failed=0)
    assert len(tries) == 3
    assert all(kind.startswith('multipart/related; type="application/dicom"; boundary=') for kind in tries)


def test_sending_can_be_stopped(tab: Open, server: Server) -> None:
    """Stop breaks off what is under way and leaves out what waits; it is all there to be tried again."""
    page = tab().go("/").page
    held: list[Any] = []
    page.route("**/studies", kept_in(held))
    page.locator("[data-files]").first.set_input_files([server.folder / "a.dcm"] * 5)
    for _ in range(200):
        if len(held) == 3:
            break
        page.wait_for_timeout(20)
    assert len(held) == 3, "some go at once, not all"
    page.click("[data-upload-stop]")
    assert said(page) == Wording("en")("upload stopped", n=0, failed=0)
    page.unroute("**/studies")
    page.click("[data-upload-again]")
    page.wait_for_selector("[data-upload-stored]:not([hidden]) a")
    assert said(page) == Wording("en")("upload done", n=5, failed=0)


# ---------------------------------------------------------------------- size


def test_a_first_view_is_small(tab: Open) -> None:
    """Page, style sheet and scripts of the list and of a study are under 100 KB together, as they are transferred."""
    for path in ("/", "study"):
        opened = tab()
        if path == "study":
            path = max(  # noqa: PLW2901 -- the largest of them
                opened.go("/?to=2018-01-01").links(".study h2 a") or opened.go("/").links(".study h2 a"), key=len
            )
            opened = tab()
        sizes: dict[str, int] = {}
        requests: list[Any] = []
        opened.page.on("requestfinished", kept_in(requests))
        opened.go(path).page.wait_for_load_state("networkidle")
        for request in requests:
            if request.resource_type in ("document", "stylesheet", "script", "fetch", "xhr", "font"):
                own = request.sizes()
                sizes[request.url] = own["responseBodySize"] + own["responseHeadersSize"]
        assert len(sizes) >= 4
        assert sum(sizes.values()) < MOST_BYTES, sizes
        assert sum(sizes.values()) < 40_000, "compressed it is much less"
