"""The statement in a real browser, under its own policy: with its style, and as wide as the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from openwado.document.policy import content_security_policy
from openwado.statement.writing import written
from statement.situations import usual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from openwado.document.labels import Language

pytestmark = pytest.mark.browser

ADDRESS = "http://statement.invalid/statement"


@pytest.fixture(scope="module", params=["en", "zh-CN"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Give a page with the statement, as a server would send it."""
    language: Language = request.param
    body = written(usual(), "html", language)
    headers = {"Content-Type": "text/html;charset=UTF-8", "Content-Security-Policy": content_security_policy()}
    opened = browser.new_page()
    refused: list[str] = []
    opened.on("console", lambda message: refused.append(message.text) if "Security Policy" in message.text else None)
    opened.route(ADDRESS, lambda route: route.fulfill(body=body, headers=headers))
    opened.goto(ADDRESS)
    yield opened
    opened.close()
    assert refused == []


@pytest.mark.parametrize("width", [390, 1280])
def test_it_is_as_wide_as_the_window(page: Page, width: int) -> None:
    """Tables that are wider are scrolled in their own places, on telephones too."""
    page.set_viewport_size({"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    family = page.eval_on_selector("body", "found => getComputedStyle(found).fontFamily")
    assert "sans-serif" in family


def test_contents_lead_to_their_sections(page: Page) -> None:
    """A click on each of some brings its heading into sight."""
    page.set_viewport_size({"width": 1280, "height": 844})
    links = page.locator("nav a")
    for at in (3, links.count() - 1):
        address = links.nth(at).get_attribute("href") or ""
        links.nth(at).click()
        expect(page.locator(f"{address} > h3")).to_be_in_viewport()
        page.evaluate("scrollTo(0, 0)")
