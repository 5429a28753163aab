"""The web page in a real browser, against the real command: pictures load, nothing overflows, nothing complains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from served_command import served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page, Request

pytestmark = pytest.mark.browser

PHONE, LAPTOP = (390, 844), (1280, 800)
#: Scrolls every lazy picture in by asking for it, and waits until all have come or failed.
LOAD_ALL = """async () => {
  for (const image of document.images) image.loading = "eager";
  await Promise.all([...document.images].map(image => image.decode().catch(() => {})));
  return [...document.images].filter(image => image.naturalWidth === 0).map(image => image.src);
}"""
WIDER_THAN_SCREEN = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start `openwado serve` with nothing indexed, so that it shows the samples; give its address."""
    folder = tmp_path_factory.mktemp("data")
    with served(["serve", "--port", "0", "--workers", "1", "--data", folder / "data"], folder) as (_, address):
        yield address


class Tab:
    """A browser tab that keeps everything that was complained about.

    Args:
        page: the tab.
        server: address of the server.
    """

    def __init__(self, page: Page, server: str) -> None:
        self.page = page
        self._server = server
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("requestfailed", self._failed)

    def _failed(self, request: Request) -> None:
        """Note a failure; leaving a page while its pictures still come is none."""
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.failure}: {request.url}")

    def go(self, path: str) -> Tab:
        """Open a page and wait for what it shows first."""
        answer = self.page.goto(self._server + path)
        assert answer is not None
        assert answer.status == 200, path
        return self

    def links(self, selector: str) -> list[str]:
        """Return the paths that all links of a kind lead to."""
        found = self.page.locator(selector).evaluate_all("all => all.map(link => link.getAttribute('href'))")
        return [str(path) for path in found]


@pytest.fixture
def tab(browser: Browser, server: str) -> Iterator[Callable[..., Tab]]:
    """Give a function that opens a tab: its size, and options of a browser context."""
    contexts = []

    def open_tab(size: tuple[int, int] = LAPTOP, **options: object) -> Tab:
        width, height = size
        context = browser.new_context(viewport={"width": width, "height": height}, **options)  # type: ignore[arg-type]
        contexts.append(context)
        return Tab(context.new_page(), server)

    yield open_tab
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def paths(browser: Browser, server: str) -> list[str]:
    """Return the paths of the list, every study, every series, one object of each series, and a frame."""
    context = browser.new_context()
    first = Tab(context.new_page(), server)
    paths = ["/"]
    for study in first.go("/").links(".study h2 a"):
        first.go(study)
        paths.append(study)
        for number in range(first.page.locator("section.series").count()):
            section = f"section.series >> nth={number} >> "
            paths += first.links(f"{section}h2 a") + first.links(f"{section}.tile:nth-child(1) a.well")
    context.close()
    return [*paths, next(path for path in paths if "/instances/" in path) + "?frame=1"]


def _object_page(tab: Tab, modality: str) -> str:
    """Return the path of the first object of a modality."""
    for study in tab.go("/").links(".study h2 a"):
        found = tab.go(study).links(f"section.series:has(.chip:text-is('{modality}')) .tile:nth-child(1) a.well")
        if found:
            return found[0]
    raise AssertionError(modality)


@pytest.mark.parametrize(
    ("size", "scheme"), [(PHONE, "light"), (LAPTOP, "dark"), ((360, 740), "dark"), ((3840, 2160), "light")]
)
def test_every_page_is_whole(tab: Callable[..., Tab], paths: list[str], size: tuple[int, int], scheme: str) -> None:
    """On each page all pictures load, nothing is wider than the screen, and the browser complains about nothing."""
    opened = tab(size, color_scheme=scheme)
    assert len(paths) == 1 + 5 + 12 + 12 + 1
    pictures = 0
    for path in paths:
        opened.go(path)
        assert opened.page.evaluate(LOAD_ALL) == [], path
        assert not opened.page.evaluate(WIDER_THAN_SCREEN), path
        pictures += opened.page.locator("main img").count()
    assert pictures > 100
    assert opened.complaints == []


def test_pictures_do_not_move_the_page(tab: Callable[..., Tab]) -> None:
    """Every picture has its place before it comes: the layout is the same with and without pictures."""
    opened = tab()
    path = _object_page(opened, "CT")
    height = "document.documentElement.scrollHeight"
    with_pictures = opened.go(path).page.evaluate(height)
    empty = tab()
    empty.page.route("**/wado?**", lambda route: route.abort())
    assert empty.go(path).page.evaluate(height) == with_pictures


def test_copying_gives_a_wado_url_that_works(tab: Callable[..., Tab], server: str) -> None:
    """The button puts the URL into the clipboard; what it names is a JPEG. The other button copies the HTML."""
    opened = tab(permissions=["clipboard-read", "clipboard-write"])
    opened.go(_object_page(opened, "US") + "?frame=7")
    opened.page.click("button[data-copy=url]")
    opened.page.wait_for_selector("button[data-copy=url]:text-is('Copied')")
    copied = opened.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{server}/wado?requestType=WADO&studyUID=")
    assert copied.endswith("&frameNumber=7")
    answer = opened.page.request.get(copied)
    assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
    opened.page.click("button[data-copy=html]")
    opened.page.wait_for_selector("button[data-copy=html]:text-is('Copied')")
    markup = opened.page.evaluate("navigator.clipboard.readText()")
    assert markup == opened.page.input_value("#html")
    shown = tab().page
    shown.set_content(markup)
    shown.wait_for_function("document.images[0].naturalWidth === 640")
    assert shown.evaluate("document.images[0].src") == copied
    assert opened.complaints == []


def test_copying_works_where_the_clipboard_interface_is_missing(tab: Callable[..., Tab]) -> None:
    """Without a secure context the browser's older way is taken: the selection holds the URL and is copied."""
    opened = tab()
    opened.page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    opened.go(_object_page(opened, "CT"))
    opened.page.evaluate("addEventListener('copy', () => { window.copied = getSelection().toString(); })")
    opened.page.click("button[data-copy=url]")
    opened.page.wait_for_selector("button[data-copy=url]:text-is('Copied')")
    assert opened.page.evaluate("window.copied") == opened.page.input_value("#url")


def test_without_script_all_but_the_copy_buttons_works(tab: Callable[..., Tab]) -> None:
    """Frames are reached by links and by the form; copy buttons that could do nothing are not shown."""
    opened = tab()
    path = _object_page(opened, "US")
    plain = tab(java_script_enabled=False).go(path)
    assert not plain.page.is_visible("button[data-copy=url]")
    plain.page.click(".frames a[rel=next]")
    plain.page.wait_for_url("**?frameNumber=2")
    plain.page.fill("#c-frameNumber", "13")
    plain.page.press("#c-frameNumber", "Enter")
    plain.page.wait_for_url("**frameNumber=13**")
    assert plain.page.inner_text("#frames") == "Frame 13 of 20"
    assert "frameNumber=13" in plain.page.input_value("#url")
    assert plain.complaints == []


def test_a_picture_that_fails_says_so(tab: Callable[..., Tab]) -> None:
    """Where a picture cannot be made after all, words stand in its place instead of a broken image."""
    opened = tab()
    path = _object_page(opened, "CT")
    broken = tab()
    broken.page.route("**/wado?**", lambda route: route.fulfill(status=500, body="No.", content_type="text/plain"))
    broken.go(path)
    content = "getComputedStyle(document.querySelector('.stage img'), '::after').content"
    assert "cannot be drawn" in broken.page.evaluate(content)
    area = broken.page.evaluate(
        "(() => { const s = getComputedStyle(document.querySelector('.stage img'), '::after');"
        " return [parseFloat(s.width), parseFloat(s.height)]; })()"
    )
    assert min(area) > 300
    opened.go(path).page.wait_for_function("document.querySelector('.stage img').naturalWidth === 512")


def test_the_keyboard_shows_where_it_is(tab: Callable[..., Tab]) -> None:
    """The first Tab shows the link over the navigation; each further one outlines what it has reached."""
    opened = tab().go("/")
    opened.page.keyboard.press("Tab")
    assert opened.page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert opened.page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    outlined = "(() => { const e = document.activeElement, o = s => getComputedStyle(e, s).outlineStyle;"
    for _ in range(30):
        opened.page.keyboard.press("Tab")
        if opened.page.evaluate("document.activeElement.type !== 'date'"):  # those have parts of the browser's own
            assert "solid" in opened.page.evaluate(outlined + " return [o(null), o('::after')]; })()")
        if opened.page.evaluate("document.activeElement.matches('.study a')"):
            break
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_url("**/studies/*")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(tab: Callable[..., Tab], scheme: str) -> None:
    """Ink, soft ink, links and chips have a contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3)."""
    opened = tab(color_scheme=scheme).go("/")
    colours = opened.page.evaluate("""() => {
      const style = getComputedStyle(document.documentElement), canvas = document.createElement("canvas");
      const context = canvas.getContext("2d");
      const read = name => {
        context.fillStyle = style.getPropertyValue(name); context.fillRect(0, 0, 1, 1);
        return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
      };
      const names = ["--ground", "--card", "--quiet", "--ink", "--soft", "--mark", "--mark-ink", "--tint",
        "--tint-ink", "--bad"];
      return Object.fromEntries(names.map(name => [name, read(name)]));
    }""")

    def luminance(name: str) -> float:
        linear = [c / 3294.6 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colours[name]]
        return float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])

    def contrast(ink: str, ground: str) -> float:
        low, high = sorted((luminance(ink), luminance(ground)))
        return (high + 0.05) / (low + 0.05)

    pairs = [(ink, ground) for ink in ("--ink", "--soft") for ground in ("--ground", "--card", "--quiet")]
    pairs += [("--mark", "--ground"), ("--mark", "--card"), ("--tint-ink", "--tint"), ("--mark-ink", "--mark")]
    pairs += [("--bad", "--ground"), ("--bad", "--card")]
    assert {pair: contrast(*pair) for pair in pairs if contrast(*pair) < 4.5} == {}


def test_a_report_stands_on_its_page(tab: Callable[..., Tab]) -> None:
    """The report is in the page, in our style, and codes are shown on demand, all without script in it."""
    opened = tab()
    page = opened.go(_object_page(opened, "SR")).page
    report = page.frame_locator("#shown iframe")
    assert report.locator("h1").inner_text()
    assert report.locator(".code").first.is_hidden()
    report.get_by_label("Show codes").check()
    assert report.locator(".code").first.is_visible()
    assert opened.complaints == []
