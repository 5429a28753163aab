"""The former Cornerstone loader, cornerstone-wado-image-loader, by script tags on a page of another origin."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from clients.conftest import installed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page
    from pydicom.dataset import FileDataset

    from clients.site import Site
    from serving import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("clients")]

SCRIPTS = {
    "cornerstone-core": "cornerstone.min.js",
    "dicom-parser": "dicomParser.min.js",
    "cornerstone-wado-image-loader": "cornerstoneWADOImageLoaderNoWebWorkers.bundle.min.js",
}
HTML = '<!doctype html><meta charset="utf-8"><title>Cornerstone</title>' + "".join(
    f'<script src="{name}"></script>' for name in SCRIPTS.values()
)
BEGIN = """() => {
  cornerstoneWADOImageLoader.external.cornerstone = cornerstone;
  cornerstoneWADOImageLoader.external.dicomParser = dicomParser;
  cornerstoneWADOImageLoader.configure({ useWebWorkers: false });
}"""
LOAD = """async (imageId) => {
  const image = await cornerstone.loadImage(imageId);
  const values = image.getPixelData();
  return [image.rows, image.columns, image.minPixelValue, image.maxPixelValue, values.reduce((a, b) => a + b, 0),
          image.slope, image.intercept, image.windowCenter, image.windowWidth];
}"""


@pytest.fixture(scope="module")
def page(browser: Browser, site: Site, server: RunningServer) -> Iterator[Page]:
    """Give the page, with the loader ready."""
    del server
    folder = site.folder / "cornerstone"
    folder.mkdir()
    for package, name in SCRIPTS.items():
        shutil.copy(installed("packed", package, "dist", name), folder)
    (folder / "index.html").write_text(HTML, encoding="utf-8")
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site.origin}/cornerstone/")
    page.evaluate(BEGIN)
    yield page
    context.close()


@pytest.mark.parametrize("transfer_syntax", ["*", "1.2.840.10008.1.2.1"])
@pytest.mark.parametrize("name", ["head/1-ct-05", "head/2-pt-02"])
def test_the_loader_reads_what_pydicom_reads(
    page: Page, server: RunningServer, objects: dict[str, FileDataset], name: str, transfer_syntax: str
) -> None:
    """An image has the stored values of the object, its rescale and its window."""
    dataset = objects[name]
    told = page.evaluate(
        LOAD,
        f"wadouri:{server.url}/wado?requestType=WADO&studyUID={dataset.StudyInstanceUID}"
        f"&seriesUID={dataset.SeriesInstanceUID}&objectUID={dataset.SOPInstanceUID}"
        f"&contentType=application/dicom&transferSyntax={transfer_syntax}",
    )
    pixels = dataset.pixel_array
    window = [np.atleast_1d(dataset[keyword].value)[0] for keyword in ("WindowCenter", "WindowWidth")]
    assert told == [
        *(dataset.Rows, dataset.Columns, int(pixels.min()), int(pixels.max()), int(pixels.sum(dtype=int))),
        *(float(dataset.RescaleSlope), float(dataset.RescaleIntercept), *window),
    ]
