"""The web page in a real browser over HTTP/2: all pictures come over one connection, and nothing complains."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from authorities import authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

#: Scrolls every lazy picture in, waits for all, and tells by which protocol everything came.
LOAD_ALL = """async () => {
  for (const image of document.images) image.loading = "eager";
  await Promise.all([...document.images].map(image => image.decode()));
  const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  return entries.map(entry => entry.nextHopProtocol);
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the command with TLS and nothing indexed, so that it shows the samples; give its address."""
    folder: Path = tmp_path_factory.mktemp("data")
    command = [sys.executable, "-m", "openwado", "serve", "--port", "0", "--workers", "1", "--data", str(folder)]
    environment = os.environ | {"OPENWADO_TLS_CERTIFICATE": str(authority(folder).issue())}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if "Ctrl-C" in line:
            break
    found = re.search(r"page\s+(https://[^\s]+)/", printed)
    assert found, printed
    yield found[1]
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=40) == 0
    process.stdout.close()


def test_a_page_of_pictures(browser: Browser, address: str) -> None:
    """Chromium loads page, style, scripts and pictures over HTTP/2; its policies and headers let all of it through."""
    complaints: list[str] = []
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.goto(f"{address}/")
    links = page.eval_on_selector_all("main a", "links => links.map(link => link.href)")
    spoken: list[str] = page.evaluate(LOAD_ALL)
    for link in links[:3]:
        page.goto(link)
        spoken += page.evaluate(LOAD_ALL)
    context.close()
    assert len(spoken) > 10
    assert set(spoken) == {"h2"}
    assert not complaints
