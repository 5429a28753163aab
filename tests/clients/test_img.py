"""A plain `<img>` on a page of another origin: it shows, and a page that may read it has its pixels on a canvas."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

import numpy as np
import pytest
from PIL import Image

from serving import wado_parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page
    from pydicom.dataset import FileDataset

    from clients.site import Site
    from serving import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("clients")]

SHOW = """async ([source, crossOrigin]) => {
  const image = new Image();
  if (crossOrigin !== null) image.crossOrigin = crossOrigin;
  image.src = source;
  const shown = await image.decode().then(() => true, () => false);
  if (!shown || crossOrigin === null) return [image.naturalWidth, image.naturalHeight, null];
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
  return [image.naturalWidth, image.naturalHeight, [...pixels]];
}"""


@pytest.fixture(scope="module")
def page(browser: Browser, site: Site, server: RunningServer) -> Iterator[Page]:
    """Give an empty page."""
    del server
    (site.folder / "pictures").mkdir()
    (site.folder / "pictures/index.html").write_text("<!doctype html><title>Pictures</title>", encoding="utf-8")
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site.origin}/pictures/")
    yield page
    context.close()


def address(server: RunningServer, dataset: FileDataset, **parameters: str) -> str:
    """Return the address of a picture."""
    uids = (dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SOPInstanceUID)
    return f"{server.url}/wado?{urlencode(wado_parameters(uids) | parameters)}"


def shown(page: Page, source: str, cross_origin: str | None) -> tuple[int, int, list[int] | None]:
    """Show a picture; return its width, its height and, where it may be read, its pixels."""
    told = cast("list[Any]", page.evaluate(SHOW, [source, cross_origin]))
    return told[0], told[1], told[2]


def test_a_picture_shows_with_nothing_but_its_uids(
    page: Page, server: RunningServer, objects: dict[str, FileDataset]
) -> None:
    """Browsers send `Accept: image/avif,image/webp,…,*/*;q=0.8`, which names no JPEG: JPEG it is."""
    assert shown(page, address(server, objects["head/1-ct-05"]), None) == (512, 512, None)


def test_a_canvas_has_the_pixels(page: Page, server: RunningServer, objects: dict[str, FileDataset]) -> None:
    """With `crossorigin` the pixels of a PNG on the canvas are those that the server sends."""
    source = address(server, objects["head/1-ct-05"], contentType="image/png", rows="64", columns="64")
    width, height, pixels = shown(page, source, "anonymous")
    sent = Image.open(io.BytesIO(server.client.get(source).content)).convert("RGBA")
    assert (width, height) == sent.size == (64, 64)
    assert pixels == np.asarray(sent).ravel().tolist()


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/png", "image/gif", "image/apng", "image/svg+xml"])
def test_browsers_draw_what_is_sent(
    page: Page, server: RunningServer, objects: dict[str, FileDataset], media_type: str
) -> None:
    """Every type that browsers know shows: stills, animations, and an electrocardiogram."""
    name = {"image/apng": "heart/3-xa-01", "image/svg+xml": "heart/2-ecg-01"}.get(media_type, "chest/1-dx-01")
    width, height, _ = shown(page, address(server, objects[name], contentType=media_type), None)
    assert min(width, height) > 100


def test_a_picture_that_is_not_there_shows_nothing(
    page: Page, server: RunningServer, objects: dict[str, FileDataset]
) -> None:
    """An error is no picture."""
    source = address(server, objects["head/1-ct-05"]).replace("objectUID=", "objectUID=1.")
    assert shown(page, source, None) == (0, 0, None)
