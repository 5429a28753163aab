"""All attributes of an object in a real browser: there without script, searched with it, copied, in nobody's way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from browser.composer_site import Tab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from browser.composer_site import Site

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("composer")]

KINDS = ("ct", "us", "report", "pdf", "raw", "ecg")


@pytest.fixture
def tab(browser: Browser, site: Site) -> Iterator[Callable[..., Tab]]:
    """Give a function that opens a tab: its size, who asks, and options of a browser context."""
    opened: list[Tab] = []

    def open_tab(size: tuple[int, int] = (1280, 800), role: str = "everything", **options: object) -> Tab:
        opened.append(Tab(browser, site, size, role, **options))
        return opened[-1]

    yield open_tab
    for one in opened:
        one.context.close()


def test_attributes_of_any_object_are_there_without_script(tab: Callable[..., Tab], site: Site) -> None:
    """Of pictures, reports, documents, waveforms and raw data: file meta, data set, and pixel data as their number."""
    plain = tab(java_script_enabled=False)
    for kind in KINDS:
        plain.go(f"{site.page(kind)}/attributes", answered=False)
        text = plain.page.text_content("#listing") or ""
        for expected in ("(0002,0010)", "TransferSyntaxUID", "(0008,0018)", site.uids[kind][2], "PatientName"):
            assert expected in text, (kind, expected)
        assert ("(7FE0,0010)" in text) == (kind in ("ct", "us"))
        assert plain.page.is_hidden("#finding")
    assert plain.complaints == []


@pytest.mark.parametrize(
    ("size", "language"),
    [(size, language) for size in ((390, 844), (1280, 800), (2560, 1440)) for language in ("en", "zh-CN")],
)
def test_attributes_are_searched(tab: Callable[..., Tab], site: Site, size: tuple[int, int], language: str) -> None:
    """By name, keyword, tag in any form and value: what has it is shown with what it is in, and counted."""
    opened = tab(size, locale=language).go(f"{site.page('report')}/attributes", answered=False)
    page = opened.page
    whole = page.locator(".attribute:visible").count()
    names = {"en": "Patient's Name", "zh-CN": "患者姓名"}
    for wanted in (names[language], "patientname", "(0010,0010)", "00100010", "Sample, Phantom A"):
        page.fill("#find", wanted)
        opened.until("document.getElementById('found').textContent !== ''")
        shown = page.locator(".attribute:visible .tag").all_inner_texts()
        assert "(0010,0010)" in shown, wanted
        assert len(shown) < whole
    page.fill("#find", "CodeMeaning")
    opened.until("document.querySelectorAll('li.hit').length > 1")
    count = page.locator("li.hit").count()
    assert str(count) in page.inner_text("#found")
    assert page.locator("li.hit > .attribute").first.is_visible()
    page.fill("#find", "no such thing")
    opened.until("document.querySelectorAll('li.hit').length === 0")
    assert page.locator(".attribute:visible").count() == 0
    assert page.inner_text("#found")
    page.fill("#find", "")
    opened.until("document.getElementById('found').textContent === ''")
    assert page.locator(".attribute:visible").count() == whole
    page.click("#open-all")
    assert page.locator(".attribute:visible").count() >= whole
    page.click("#close-all")
    assert page.locator("details[open]").count() == 0
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert opened.complaints == []


def test_tags_and_values_are_copied_by_keys(tab: Callable[..., Tab], site: Site) -> None:
    """Arrow keys go from row to row; each has a button for its tag and one for its value as it is stored."""
    opened = tab(permissions=["clipboard-read", "clipboard-write"])
    page = opened.go(f"{site.page('ct')}/attributes", answered=False).page
    page.focus(".attribute >> nth=0")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".copier:text-is('Copied')")
    row = page.locator(".attribute").nth(3)
    assert page.evaluate("navigator.clipboard.readText()") == row.locator(".tag").inner_text() == "(0002,0010)"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".copier:nth-child(2):text-is('Copied')")
    assert page.evaluate("navigator.clipboard.readText()") == "1.2.840.10008.1.2.1"


@pytest.mark.parametrize("kind", ["ct", "report"])
def test_nothing_is_in_anybodys_way(
    tab: Callable[..., Tab], site: Site, violations: Callable[[Page], list[str]], kind: str
) -> None:
    """axe-core finds nothing wrong, light or dark, while something is searched and a row is pointed at."""
    opened = tab().go(f"{site.page(kind)}/attributes", answered=False)
    opened.page.fill("#find", "sequence" if kind == "report" else "patient")
    opened.until("document.getElementById('found').textContent !== ''")
    opened.page.hover("li.hit .attribute >> nth=0")
    assert violations(opened.page) == []
    opened.page.emulate_media(color_scheme="dark")
    assert violations(opened.page) == []


def test_who_may_not_have_an_object_does_not_read_it_here(site: Site) -> None:
    """View alone, or anonymized objects alone, show no attributes; who may see nothing learns of nothing."""
    path = f"{site.page('ct')}/attributes"
    found = {role: site.get(path, role) for role in ("everything", "reading", "viewing", "anonymizing", "nobody")}
    statuses = {role: answer.status_code for role, answer in found.items()}
    assert statuses == {"everything": 200, "reading": 200, "viewing": 403, "anonymizing": 403, "nobody": 404}
    assert "PatientBirthDate" in found["reading"].text
    for role in ("viewing", "anonymizing", "nobody"):
        assert "SAMPLE" not in found[role].text
