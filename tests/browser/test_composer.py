"""The composer in a real browser: each control makes the URL, and what is shown is what the server answers to it."""

from __future__ import annotations

import hashlib
import html
import json
import shlex
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import imagecodecs
import pytest

from browser.composer_site import Tab
from openwado.protocol.parameters import PARAMETERS, REFUSED_BESIDE_PRESENTATION
from openwado.protocol.request import parse_request
from openwado.server.composer_copies import Copied, as_curl, as_html, as_markdown
from openwado.server.composer_state import WRITTEN, page_query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from browser.composer_site import Site
    from openwado.server.composer_offer import Shows

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("composer")]

PHONE, LAPTOP, LARGE = (390, 844), (1280, 800), (2560, 1440)
#: Each size in each language.
EVERYWHERE = [(size, language) for size in (PHONE, LAPTOP, LARGE) for language in ("en", "zh-CN")]


@pytest.fixture
def tab(browser: Browser, site: Site) -> Iterator[Callable[..., Tab]]:
    """Give a function that opens a tab: its size, who asks, and options of a browser context."""
    opened: list[Tab] = []

    def open_tab(size: tuple[int, int] = LAPTOP, role: str = "everything", **options: object) -> Tab:
        opened.append(Tab(browser, site, size, role, **options))
        return opened[-1]

    yield open_tab
    for one in opened:
        one.context.close()


def _png_digest(data: bytes) -> str:
    pixels = imagecodecs.png_decode(data)
    return hashlib.sha256((pixels if pixels.ndim == 2 else pixels[..., 0]).tobytes()).hexdigest()


# ---------------------------------------------------------------------- URLs


def _samples() -> dict[str, str]:
    """Return a value for each parameter of a request that has characters in it that have to be written otherwise."""
    uids = ("studyUID", "seriesUID", "objectUID", "presentationUID", "presentationSeriesUID")
    samples = {name: f"1.2.{at}" for at, name in enumerate(uids)}
    samples |= {"requestType": "WADO", "contentType": "image/svg+xml;q=0.5,image/jpeg", "charset": "UTF-8, ISO-8859-1"}
    samples |= {"anonymize": "yes", "transferSyntax": "*", "annotation": "patient,technique", "rows": "256"}
    samples |= {"columns": "+300", "region": "0.25,0,0.5,1e0", "windowCenter": "-1.5e+2", "windowWidth": "1500"}
    samples |= {"frameNumber": "7", "imageQuality": "80"}
    return samples


def _evaluated(page: Page, module: str, call: str, *arguments: object) -> Any:  # noqa: ANN401 -- whatever it returns
    """Call what a module of the page exports."""
    loaded = "performance.getEntriesByType('resource').map(one => one.name)"
    (address,) = [name for name in page.evaluate(loaded) if f"/static/{module}." in name]
    return page.evaluate(
        f"async ([address, all]) => (await import(address)).{call}(...all)", [address, list(arguments)]
    )


def test_the_script_writes_requests_as_the_server_reads_them(tab: Callable[..., Tab], site: Site) -> None:
    """For every parameter of the table, alone and with all others, what the script writes is read as it was meant."""
    page = tab().go(site.page("ct")).page
    samples = _samples()
    assert set(samples) == {row.name for row in PARAMETERS}
    uids = {name: samples[name] for name in ("studyUID", "seriesUID", "objectUID")}
    assert [name for name in samples if name not in uids and name != "requestType" and name not in WRITTEN] == []
    partners = {row.name: row.partner for row in PARAMETERS if row.partner}
    for name in WRITTEN:
        if name not in samples:  # extensions have no sample
            continue
        state = {name: samples[name]} | ({partners[name]: samples[partners[name]]} if name in partners else {})
        query = _evaluated(page, "wado_url", "queryOf", uids, WRITTEN, state)
        assert dict(parse_qsl(query)) == {"requestType": "WADO", **uids, **state}
        request = parse_request(query)
        assert request.present == {"requestType", *uids, *state}
    apart = [name for name in WRITTEN if name in samples and name not in REFUSED_BESIDE_PRESENTATION]
    query = _evaluated(page, "wado_url", "queryOf", uids, WRITTEN, {name: samples[name] for name in apart})
    assert query.startswith("requestType=WADO&studyUID=")
    assert query.endswith("&frameNumber=7")
    parse_request(query)


#: What may be asked for, as the page's address may or may not have to say it.
STATES: list[dict[str, str]] = [
    {},
    {"contentType": "image/jpeg"},
    {"contentType": "image/jpeg", "frameNumber": "1"},
    {"contentType": "image/jpeg", "frameNumber": "3"},
    {"frameNumber": "3"},
    {"rows": "10"},
    {"contentType": "image/png", "rows": "10", "frameNumber": "2"},
]


def test_script_and_server_write_the_same_page_addresses(tab: Callable[..., Tab], site: Site) -> None:
    """What brings a state back is the same wherever it is written, for an object of one frame and one of several."""
    page = tab().go(site.page("ct")).page
    for state in STATES:
        for start in ({"contentType": "image/jpeg"}, {"contentType": "image/jpeg", "frameNumber": "1"}):
            written = _evaluated(page, "wado_url", "pageQuery", WRITTEN, state, start)
            assert written == page_query(state, start), (state, start)


def test_script_and_server_write_the_same_copies(tab: Callable[..., Tab], site: Site) -> None:
    """HTML, Markdown and a command, of words and addresses with all that would have to be escaped."""
    page = tab().go(site.page("ct")).page
    nasty = 'it\'s <b>"A&B"</b> [x](y) `*_{}\\'
    every: tuple[Shows, ...] = ("image", "video", "document", "link")
    for shows in every:
        for width, named in ((0, True), (512, False)):
            copied = Copied(
                url="http://a.example/wado?a=1&b='(x)'",
                words=nasty,
                shows=shows,
                media_type="image/jpeg",
                names_type=named,
                width=width,
                height=width,
                uid="1.2.3",
            )
            told: dict[str, object] = {
                "url": copied.url,
                "words": nasty,
                "shows": shows,
                "type": "image/jpeg",
                "named": named,
            }
            told |= {"width": width, "height": width, "uid": "1.2.3"}
            assert _evaluated(page, "wado_url", "asHtml", told) == as_html(copied)
            assert _evaluated(page, "wado_url", "asMarkdown", told) == as_markdown(copied)
            command = as_curl(copied, asks_who=not named)
            assert _evaluated(page, "wado_url", "asCurl", told, {"image/jpeg": ".jpg"}, not named) == command
            words = shlex.split(command)
            assert words[0] == "curl"
            assert words[-1] == copied.url
            assert words[words.index("--output") + 1] == "1.2.3.jpg"


# ---------------------------------------------------------------------- every control of an image


@pytest.mark.parametrize(("size", "language"), EVERYWHERE)
def test_an_image_is_composed(tab: Callable[..., Tab], site: Site, size: tuple[int, int], language: str) -> None:
    """Each control changes the URL and the picture; copies follow; reload, and no script, show the same."""
    opened = tab(size, locale=language).go(site.page("ct") + "?contentType=image/png")
    page = opened.page
    assert page.locator("html").get_attribute("lang") == language
    _turn_the_window(opened)
    _draw_regions(opened)
    _size_and_words(opened)
    copies = _copies(page)
    assert html.unescape(copies["html"].split('src="')[1].split('"')[0]) == copies["url"]
    assert 'width="100" height="100"' in copies["html"]
    assert f"]({copies['url']})" in copies["markdown"]
    assert shlex.split(copies["curl"])[-1] == copies["url"]
    opened.until("location.search.includes('imageQuality=7')")
    other = page.locator(".tools a[hreflang]").first.get_attribute("href") or ""
    assert "imageQuality=7" in other
    assert "lang=" in other
    page.reload()
    opened.answered()
    assert _copies(page) == copies
    assert page.input_value("#c-imageQuality") == "7"
    plain = tab(size, locale=language, java_script_enabled=False)
    plain.go(urlsplit(page.url).path + "?" + urlsplit(page.url).query, answered=False)
    assert _copies(plain.page) == copies
    assert plain.page.evaluate("document.querySelector('#shown img').naturalHeight") == 100
    assert opened.complaints == plain.complaints == []
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def _copies(page: Page) -> dict[str, str]:
    return {name: page.input_value(f"#{name}") for name in ("url", "html", "markdown", "curl")}


def _turn_the_window(opened: Tab) -> None:
    """Window by dragging, by a preset, by fields."""
    page = opened.page
    first = opened.shown_digest()
    assert first == _png_digest(opened.answer().content)
    opened.drag("#stage", (0.5, 0.5), (0.6, 0.6))
    turned = opened.parameters
    assert float(turned["windowCenter"]) > 40
    assert float(turned["windowWidth"]) > 80
    assert opened.shown_digest() == _png_digest(opened.answer().content) != first
    assert page.input_value("#c-windowCenter") == turned["windowCenter"]
    page.click(".preset[data-window='-600,1500']")
    opened.answered()
    assert (opened.parameters["windowCenter"], opened.parameters["windowWidth"]) == ("-600", "1500")
    assert page.locator(".preset[data-current]").first.get_attribute("data-window") == "-600,1500"
    opened.fill("windowWidth", "1400")
    assert opened.parameters["windowWidth"] == "1400"
    opened.fill("windowCenter", "")
    assert "windowWidth" not in opened.parameters
    opened.fill("windowCenter", "50")
    assert opened.parameters["windowWidth"] == "80"


def _draw_regions(opened: Tab) -> None:
    """Region by drawing on the picture and on the whole one, by fields, and none again."""
    page = opened.page
    page.check("#drag input[value=region]")
    opened.drag("#stage", (0.4, 0.4), (0.6, 0.6))
    region = [float(number) for number in opened.parameters["region"].split(",")]
    assert 0 < region[0] < region[2] < 1
    assert 0 < region[1] < region[3] < 1
    assert page.locator("#outline").is_visible()
    shown = page.evaluate("document.querySelector('#shown img').naturalWidth")
    assert shown == pytest.approx(512 * (region[2] - region[0]), abs=1.5)
    opened.drag("#overview", (0.1, 0.1), (0.5, 0.9))
    assert [float(number) for number in opened.parameters["region"].split(",")] == pytest.approx(
        [0.1, 0.1, 0.5, 0.9], abs=0.03
    )
    page.fill("#c-region-xmin", "0.25")
    opened.answered()
    assert opened.parameters["region"].startswith("0.25,")
    page.click("#whole")
    opened.answered()
    assert "region" not in opened.parameters


def _size_and_words(opened: Tab) -> None:
    """Rows, columns, words on the picture, and the quality of a type that has one."""
    page = opened.page
    page.click(".preset[data-size='256']")
    opened.answered()
    assert page.evaluate("document.querySelector('#shown img').naturalWidth") == 256
    opened.fill("rows", "100")
    assert page.evaluate("document.querySelector('#shown img').naturalHeight") == 100
    for word in ("technique", "patient"):
        page.check(f"#c-annotation input[value={word}]")
        opened.answered()
    assert sorted(opened.parameters["annotation"].split(",")) == ["patient", "technique"]
    assert page.is_disabled("#c-imageQuality")
    assert page.inner_text("[data-why=imageQuality]")
    opened.choose("contentType", value="image/jpeg")
    opened.fill("imageQuality", "7")
    assert opened.answer().headers["content-type"] == "image/jpeg"
    assert page.input_value("#quality") == "7"


@pytest.mark.parametrize(("size", "language"), EVERYWHERE)
def test_a_refusal_says_why_and_what_to_change(
    tab: Callable[..., Tab], site: Site, size: tuple[int, int], language: str
) -> None:
    """The server's sentence stands over the picture, with the parameter to change; one click leaves it out."""
    opened = tab(size, locale=language).go(site.page("ct") + "?contentType=application/dicom&rows=64&transferSyntax=*")
    page = opened.page
    refused = site.get(f"/wado?{urlsplit(opened.url).query}", language=language)
    assert refused.status_code == 400
    assert page.is_visible("#refusal")
    assert page.inner_text("#refusal-status") == "400"
    assert page.inner_text("#refusal-detail") in refused.text
    assert page.locator("#refusal-detail").get_attribute("lang") == language
    assert "rows" in page.inner_text("#refusal-detail")
    assert page.inner_text("#refusal-advice")
    assert page.is_enabled("#c-rows")
    page.locator("#refusal-actions button").first.click()
    assert page.evaluate("document.activeElement.id") == "c-rows"
    page.locator("#refusal-actions button").nth(1).click()
    opened.answered()
    assert page.is_hidden("#refusal")
    assert opened.parameters == {"contentType": "application/dicom", "transferSyntax": "*"}
    assert page.is_disabled("#c-rows")
    assert page.locator("#shown a[download]").get_attribute("href").endswith("transferSyntax=*")  # type: ignore[union-attr]
    plain = tab(size, locale=language, java_script_enabled=False)
    plain.go(site.page("ct") + "?contentType=application/dicom&rows=64", answered=False)
    assert "rows" in plain.page.inner_text("#refusal-detail")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Warning: annotation: the picture is too small for any text, which was left out."),
        ("zh-CN", "警告：annotation：图像过小，不能写上任何文字，文字已略去。"),
    ],
)
def test_a_warning_is_said_in_the_language_of_the_page(
    tab: Callable[..., Tab], site: Site, language: str, said: str
) -> None:
    """Also what the server can say in English only, for it is in a field of the header."""
    opened = tab(locale=language).go(site.page("ct") + "?contentType=image/png&rows=8&columns=8&annotation=patient")
    assert said in opened.page.inner_text("#answer")


@pytest.mark.parametrize("size", [PHONE, LAPTOP])
def test_everything_that_is_dragged_has_keys(tab: Callable[..., Tab], site: Site, size: tuple[int, int]) -> None:
    """Arrow keys on the picture turn its window, or move and size a region; the page does not scroll by them."""
    opened = tab(size).go(site.page("ct"))
    page = opened.page
    page.focus("#stage")
    before = page.evaluate("scrollY")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    opened.answered()
    assert float(opened.parameters["windowCenter"]) > 40
    assert float(opened.parameters["windowWidth"]) > 80
    page.check("#drag input[value=region]")
    page.focus("#stage")
    page.keyboard.press("ArrowRight")
    opened.answered()
    assert opened.parameters["region"] == "0.27,0.25,0.77,0.75"
    page.keyboard.press("Shift+ArrowDown")
    opened.answered()
    assert opened.parameters["region"] == "0.27,0.25,0.77,0.77"
    assert page.evaluate("scrollY") == before


def test_touch_turns_the_window(tab: Callable[..., Tab], site: Site) -> None:
    """A finger on the picture does what a mouse does, and does not scroll."""
    opened = tab(PHONE, has_touch=True, is_mobile=True).go(site.page("ct"))
    left, top, width, height = opened.box("#stage")
    session = opened.context.new_cdp_session(opened.page)
    for kind, share in (("touchStart", 0.5), ("touchMove", 0.55), ("touchMove", 0.7), ("touchEnd", 0)):
        points = [] if kind == "touchEnd" else [{"x": left + share * width, "y": top + share * height}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    opened.answered()
    assert float(opened.parameters["windowWidth"]) > 80
    assert opened.page.evaluate("scrollY") == 0


def test_a_drag_never_has_two_requests_under_way(tab: Callable[..., Tab], site: Site) -> None:
    """While the window is dragged one picture comes after the other, the newest next; the last one is what is shown."""
    opened = tab().go(site.page("ct"))
    running, most, count = 0, 0, 0

    def begin(request: Any) -> None:  # noqa: ANN401 -- Playwright's
        nonlocal running, most, count
        if "windowCenter" in request.url and "rows=200" not in request.url:
            running, count = running + 1, count + 1
            most = max(most, running)

    def end(request: Any) -> None:  # noqa: ANN401 -- Playwright's
        nonlocal running
        running -= "windowCenter" in request.url and "rows=200" not in request.url

    opened.page.on("request", begin)
    opened.page.on("requestfinished", end)
    opened.page.on("requestfailed", end)
    opened.drag("#stage", (0.2, 0.2), (0.8, 0.8), steps=60)
    assert count >= 3
    assert most <= 2  # one that the release of the button overtakes may end a moment later
    answer = site.get(f"/wado?{urlsplit(opened.url).query}")
    assert answer.status_code == 200


def test_nothing_jumps(tab: Callable[..., Tab], site: Site) -> None:
    """Whatever is shown or refused, the controls stay where they are."""
    opened = tab().go(site.page("ct"))
    places = "['composer', 'get'].map(id => document.getElementById(id).getBoundingClientRect().top + scrollY)"
    before = opened.page.evaluate(places)
    opened.page.click(".preset[data-size='256']")
    opened.answered()
    opened.page.evaluate("document.getElementById('c-rows').value = 0")
    opened.page.locator("#c-rows").dispatch_event("input")
    opened.answered()
    assert opened.page.is_visible("#refusal")
    assert opened.page.evaluate(places) == before


# ---------------------------------------------------------------------- other kinds


@pytest.mark.parametrize(("size", "language"), EVERYWHERE)
def test_frames_are_chosen_and_played(
    tab: Callable[..., Tab], site: Site, size: tuple[int, int], language: str
) -> None:
    """Slider, field and strip choose a frame; play goes through them; a video takes its place, and seeks."""
    opened = tab(size, locale=language).go(site.page("us") + "?frame=7")
    page = opened.page
    assert opened.parameters["frameNumber"] == "7"
    opened.fill("frameNumber", "9")
    assert page.input_value("#position") == "9"
    page.focus("#position")
    page.keyboard.press("ArrowRight")
    opened.answered()
    assert opened.parameters["frameNumber"] == "10"
    page.focus("#play")
    page.keyboard.press("n")
    opened.answered()
    assert opened.parameters["frameNumber"] == "11"
    page.keyboard.press("p")
    opened.answered()
    assert opened.parameters["frameNumber"] == "10"
    page.click("#play")
    opened.until("Number(document.getElementById('c-frameNumber').value) > 12")
    page.click("#play")
    opened.until("document.getElementById('play').getAttribute('aria-pressed') === 'false'")
    opened.answered()
    assert opened.answer().status_code == 200

    opened.choose("contentType", value="video/mp4")
    assert "frameNumber" not in opened.parameters
    assert opened.answer().headers["content-type"] == "video/mp4"
    opened.until("document.querySelector('#shown video').readyState >= 2")
    page.fill("#position", "13")
    opened.until("document.querySelector('#shown video').paused && !document.querySelector('#shown video').seeking")
    frame_ms = page.evaluate("JSON.parse(document.getElementById('composer-root').dataset.composer).cine.durations")
    reached = page.evaluate("document.querySelector('#shown video').currentTime") * 1000
    assert 12 * frame_ms <= reached < 13 * frame_ms
    page.click("#play")
    opened.until("!document.querySelector('#shown video').paused")
    page.select_option("#rate", "0.5")
    assert page.evaluate("document.querySelector('#shown video').playbackRate") == 0.5
    assert page.input_value("#html").startswith("<video ")
    page.select_option("#c-contentType", index=1)
    opened.answered()
    assert opened.parameters["contentType"] == "image/jpeg"
    assert opened.parameters["frameNumber"]
    assert opened.complaints == []


def test_an_animation_is_an_image_of_all_frames(tab: Callable[..., Tab], site: Site) -> None:
    """The same media type names one frame, or all: the list says which, and frameNumber makes the difference."""
    opened = tab().go(site.page("us"))
    both = opened.page.locator("#c-contentType option[value='image/gif']")
    assert both.evaluate_all("all => all.map(one => one.dataset.scope)") == ["frame", "frames"]
    both.nth(1).evaluate(
        "one => { one.selected = true; one.closest('select').dispatchEvent(new Event('change', {bubbles: true})); }"
    )
    opened.answered()
    assert opened.parameters == {"contentType": "image/gif"}
    assert opened.answer().content.count(b"\x21\xf9\x04") == 20
    assert opened.page.input_value("#html").startswith("<img ")


def test_a_presentation_state_is_chosen(tab: Callable[..., Tab], site: Site) -> None:
    """With it the window has no place, and says so; its series is in the URL without being asked for."""
    opened = tab().go(site.page("ct") + "?contentType=image/png&windowCenter=40&windowWidth=80")
    upright = opened.shown_digest()
    opened.choose("presentationUID", label="Turned around")
    assert opened.parameters["presentationUID"] == "1.2.9.3"
    assert opened.parameters["presentationSeriesUID"] == "1.2.9.3.1"
    assert "windowCenter" not in opened.parameters
    assert opened.page.is_disabled("#c-windowCenter")
    assert opened.shown_digest() == _png_digest(opened.answer().content) != upright
    opened.choose("presentationUID", index=0)
    assert opened.parameters["windowCenter"] == "40"
    plain = tab(java_script_enabled=False)
    plain.go(site.page("ct") + "?contentType=image/png&presentationUID=1.2.9.3", answered=False)
    assert "presentationSeriesUID=1.2.9.3.1" in plain.url


@pytest.mark.parametrize(("size", "language"), EVERYWHERE)
def test_documents_and_objects_are_composed(
    tab: Callable[..., Tab], site: Site, size: tuple[int, int], language: str
) -> None:
    """A report stands in a frame in any character set that it fits; the object is a link with its size."""
    opened = tab(size, locale=language).go(site.page("report"))
    page = opened.page
    assert page.frame_locator("#shown iframe").locator("h1").inner_text()
    assert page.locator("#c-region").count() == 0
    opened.choose("charset", value="GB18030")
    assert "charset=GB18030" in opened.answer().headers["content-type"]
    opened.choose("contentType", value="text/plain")
    assert page.frame_locator("#shown iframe").locator("body").inner_text()
    opened.choose("contentType", value="text/rtf")
    assert page.locator("#shown a[download]").count() == 1
    opened.choose("contentType", value="application/dicom")
    opened.choose("charset", index=0)
    opened.choose("transferSyntax", value="1.2.840.10008.1.2.1.99")
    assert "transferSyntax=1.2.840.10008.1.2.1.99" in opened.url
    size_said = page.inner_text("#shown a[download]")
    assert any(character.isdigit() for character in size_said)
    page.check("#c-anonymize")
    opened.answered()
    answer = opened.answer()
    shown = page.is_visible("#refusal")
    assert shown == (answer.status_code != 200)
    assert page.input_value("#html").startswith("<a ")
    page.go_back()
    assert opened.complaints == [] or all("status of" in one for one in opened.complaints)


def test_an_object_that_may_not_be_had_says_so(tab: Callable[..., Tab], site: Site) -> None:
    """Who may see, but not have: DICOM is not offered; asked for all the same, the server's sentence stands there."""
    opened = tab(role="viewing").go(site.page("ct"))
    offered = opened.page.locator("#c-contentType option").evaluate_all("all => all.map(one => one.value)")
    assert "application/dicom" not in offered
    assert opened.page.locator("a[href$='/attributes']").count() == 0
    opened.go(site.page("ct") + "?contentType=application/dicom&transferSyntax=*")
    assert opened.page.inner_text("#refusal-status") == "403"
    only = tab(role="anonymizing").go(site.page("ct") + "?contentType=application/dicom")
    assert only.page.inner_text("#refusal-status") == "403"
    assert "anonymize" in only.page.inner_text("#refusal-detail")
    only.page.check("#c-anonymize")
    only.answered()
    assert only.answer().status_code == 200
    assert only.page.is_hidden("#refusal")


# ---------------------------------------------------------------------- links, and pasting


@pytest.mark.parametrize(("size", "language"), EVERYWHERE)
def test_a_signed_link_is_made(tab: Callable[..., Tab], site: Site, size: tuple[int, int], language: str) -> None:
    """The link is of the URL that is shown, and good for whoever has it; a change takes it away."""
    opened = tab(size, locale=language).go(site.page("ct") + "?contentType=image/png&rows=64")
    page = opened.page
    page.fill("#hours", "2")
    page.click("#signing button:not([data-copy])")
    opened.until("document.getElementById('link').value !== ''")
    link = urlsplit(page.input_value("#link"))
    assert "rows=64" in link.query
    answer = site.get(f"{link.path}?{link.query}", role="nobody")
    assert answer.status_code == 200
    assert page.inner_text("#signed-said")
    opened.fill("rows", "65")
    assert page.is_hidden("#signed-result")
    page.check("[name=anonymized]")
    page.click("#signing button:not([data-copy])")
    opened.until("document.getElementById('signed-said').textContent.includes('anonymize')")
    assert page.is_hidden("#signed-result")
    assert tab(size, role="reading").go(site.page("ct")).page.locator("#signing").count() == 0


@pytest.mark.parametrize(("size", "language"), EVERYWHERE)
def test_a_pasted_url_is_opened(tab: Callable[..., Tab], site: Site, size: tuple[int, int], language: str) -> None:
    """Whatever host it has and whatever stands around it; what is not here is told in a sentence."""
    opened = tab(size, locale=language).go(site.page("report"))
    study, series, uid = site.uids["ct"]
    query = f"requestType=WADO&studyUID={study}&seriesUID={series}&objectUID={uid}&rows=64&region=0,0,1,0.5"
    for pasted in (
        f"https://elsewhere.example:8443/x/wado?{query}",
        f'<img src="http://x/wado?{html.escape(query)}" alt="A">',
        f"![CT](http://x/wado?{query})",
        f"curl --fail 'http://x/wado?{query}'",
        query,
    ):
        opened.page.fill("#paste", pasted)
        opened.page.click(".opening button")
        opened.page.wait_for_url(f"**/instances/{uid}?*")
        opened.answered()
        assert opened.parameters == {"rows": "64", "region": "0,0,1,0.5"}
    opened.page.fill("#paste", f"http://x/wado?{query.replace(uid, '1.2.3')}")
    opened.page.click(".opening button")
    opened.page.wait_for_url("**/?q=*")
    assert len(opened.page.inner_text("main")) > 20
    assert opened.page.locator(".study").count() == 0


def test_copies_are_copied(tab: Callable[..., Tab], site: Site) -> None:
    """Each button puts into the clipboard what stands beside it."""
    opened = tab(permissions=["clipboard-read", "clipboard-write"]).go(site.page("ct"))
    for kind in ("url", "html", "markdown", "curl"):
        opened.page.click(f"button[data-copy={kind}]")
        opened.page.wait_for_selector(f"button[data-copy={kind}]:text-is('Copied')")
        assert opened.page.evaluate("navigator.clipboard.readText()") == opened.page.input_value(f"#{kind}")


# ---------------------------------------------------------------------- for everybody, and light


@pytest.mark.parametrize("kind", ["ct", "us", "report", "ecg", "pdf", "raw"])
def test_nothing_is_in_anybodys_way(
    tab: Callable[..., Tab], site: Site, violations: Callable[[Page], list[str]], kind: str
) -> None:
    """axe-core finds nothing wrong with the page of any kind of object, light or dark, on a phone or a large screen."""
    opened = tab(PHONE if kind in ("us", "ecg") else LAPTOP).go(site.page(kind))
    assert violations(opened.page) == []
    opened.page.emulate_media(color_scheme="dark")
    assert violations(opened.page) == []


@pytest.mark.parametrize("size", [PHONE, LARGE])
def test_a_refusal_is_in_nobodys_way(
    tab: Callable[..., Tab], site: Site, violations: Callable[[Page], list[str]], size: tuple[int, int]
) -> None:
    """axe-core finds nothing wrong with a refusal either, light or dark."""
    opened = tab(size).go(site.page("ct") + "?contentType=application/dicom&charset=UTF-8&rows=3")
    assert opened.page.is_visible("#refusal")
    assert violations(opened.page) == []
    opened.page.emulate_media(color_scheme="dark")
    assert violations(opened.page) == []


@pytest.mark.parametrize("kind", ["ct", "us", "report"])
def test_a_page_is_light(tab: Callable[..., Tab], site: Site, kind: str) -> None:
    """Everything but pictures and documents is less than 50 KB on its way, compressed as browsers take it."""
    opened = tab().go(site.page(kind))
    bodies = {}
    for url in {url for url in opened.asked if "/wado?" not in url and not url.startswith("blob:")}:
        parts = urlsplit(url)
        bodies[parts.path] = int(site.get(parts.path).headers["content-length"])
    assert len(bodies) >= 10
    assert sum(bodies.values()) < 50_000, json.dumps(bodies, indent=1)
