"""What axe-core finds wrong with a page: rules of WCAG 2.2 up to AA, and its best practices."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: The script itself, held by a package of the development group: nothing is loaded from elsewhere.
SOURCE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")

#: Holds when nothing moves: a colour on its way to another one stands out from nothing. Video and spinners go on.
SETTLED = """async () => {
  await new Promise(done => setTimeout(done, 50));
  const moving = document.getAnimations().filter(one => one instanceof CSSTransition);
  await Promise.allSettled(moving.map(one => one.finished));
}"""

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page) -> list[str]:
    """Return what is wrong with a page as it stands, one line for each element: rule, element, what would be right.

    Frames are looked at too. The script comes by the browser's own door, so that the page's policy stays as it is.
    """
    page.evaluate(SETTLED)
    for frame in page.frames:
        if not frame.evaluate("'axe' in window"):
            frame.evaluate(SOURCE)
    found: dict[str, Any] = page.evaluate(
        "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", TAGS
    )
    return [
        f"{rule['id']}: {node['target']}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
