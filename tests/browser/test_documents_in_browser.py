"""Documents in a real browser: what has room is not broken, and what is printed is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openwado.document.facts import Fact, FactGroup
from openwado.document.model import Code, Coordinates, Document, Item, Measure, Reference, Table
from openwado.document.to_html import html_of
from pdf_reading import opened_pdf

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


def test_an_accession_number_is_in_one_line(browser: Browser) -> None:
    """Sixteen characters on a screen of 640 pixels: groups of facts stand below each other before values break."""
    groups = (
        FactGroup("patient", (Fact("name", "Doe, Jane"),)),
        FactGroup("study", (Fact("accession number", "2601297036802695"),)),
    )
    page = browser.new_page(viewport={"width": 640, "height": 900})
    page.set_content("".join(html_of(Document(title="Report", groups=groups), "en", "UTF-8")))
    heights = page.eval_on_selector_all("dd", "found => found.map(each => each.getBoundingClientRect().height)")
    page.close()
    assert len(heights) == 2
    assert heights[0] == heights[1]


def test_all_columns_of_a_table_are_printed(browser: Browser) -> None:
    """As those of beams: what can be scrolled to on a screen must not be missing on paper."""
    head = tuple(f"Heading{at:02}" for at in range(14))
    document = Document(title="Plan", nodes=(Table(head, (tuple(f"TREATMENT{at:02}" for at in range(14)),)),))
    page = browser.new_page()
    page.set_content("".join(html_of(document, "en", "UTF-8")))
    pages = opened_pdf(page.pdf(format="A4")).pages
    page.close()
    text = "".join(character for printed in pages for character in printed.extract_text() if not character.isspace())
    assert all(f"{at:02}" in text for at in range(14))


def test_what_measurements_were_made_on_is_in_sight(browser: Browser) -> None:
    """On 760 pixels a table of numbers with outlines and images below them is no wider than the page."""
    image = Reference("1.2.840.10008.5.1.4.1.1.2", "1.2.3")
    axes = tuple(
        Item(
            value_type="NUM",
            identifier=f"1.{at}",
            name=Code("Long Axis"),
            measures=(Measure("64.4505437946691", Code("px")),),
            children=(
                Item(
                    value_type="SCOORD",
                    identifier=f"1.{at}.1",
                    relationship="INFERRED FROM",
                    coordinates=Coordinates("POLYLINE", (1.0, 2.0, 3.0, 4.0)),
                    children=(
                        Item(
                            value_type="IMAGE", identifier=f"1.{at}.1.1", relationship="SELECTED FROM", reference=image
                        ),
                    ),
                ),
            ),
        )
        for at in (1, 2)
    )
    page = browser.new_page(viewport={"width": 760, "height": 900})
    root = Item(value_type="CONTAINER", identifier="1", children=axes)
    page.set_content("".join(html_of(Document(title="Report", nodes=(root,)), "en", "UTF-8")))
    room = page.eval_on_selector(".wide", "found => found.clientWidth - found.scrollWidth")
    page.close()
    assert room >= 0
