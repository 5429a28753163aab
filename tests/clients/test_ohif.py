"""The OHIF viewer itself, on a site of its own, opens studies of ours by one link (its data source dicomjson)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from pydicom.pixels.utils import pixel_array

from clients.conftest import installed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page
    from pydicom.dataset import FileDataset

    from clients.site import Site
    from serving import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("clients")]

#: The settings of the viewer that docs/clients.md gives, and that nobody asks what it is for.
CONFIG = """window.config = {
  routerBasename: null, extensions: [], modes: [], customizationService: {}, showStudyList: false,
  maxNumberOfWebWorkers: 2, investigationalUseDialog: { option: "never" }, defaultDataSourceName: "dicomjson",
  dataSources: [{
    namespace: "@ohif/extension-default.dataSourcesModule.dicomjson",
    sourceName: "dicomjson",
    configuration: { friendlyName: "openwado", name: "json" },
  }],
};"""
SHOWN = """() => {
  const viewport = window.cornerstone?.getEnabledElements?.()[0]?.viewport;
  const image = viewport?.getCurrentImageId?.() && window.cornerstone.cache.getImage(viewport.getCurrentImageId());
  if (!image) return null;
  const values = image.getPixelData();
  const plane = window.cornerstone.metaData.get("imagePlaneModule", viewport.getCurrentImageId());
  return {
    id: viewport.getCurrentImageId(), ids: viewport.getImageIds(), rows: image.rows, columns: image.columns,
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    spacing: [plane.rowPixelSpacing, plane.columnPixelSpacing], position: plane.imagePositionPatient,
  };
}"""


@pytest.fixture(scope="module")
def viewer(viewer_site: Site) -> Site:
    """Return the site with the viewer."""
    for file in installed("packed", "@ohif", "app", "dist").iterdir():
        if file.name != "app-config.js":
            os.symlink(file, viewer_site.folder / file.name)  # noqa: PTH211 -- as short
    (viewer_site.folder / "app-config.js").write_text(CONFIG, encoding="utf-8")
    return viewer_site


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Give a tab; what the viewer complains of fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert wrong == []


def opened(page: Page, viewer: Site, server: RunningServer, dataset: FileDataset) -> dict[str, Any]:
    """Open a study by the link on its page; return what is shown once an image is."""
    page.goto(f"{server.url}/studies/{dataset.StudyInstanceUID}")
    page.get_by_role("link", name="OHIF").click()
    page.wait_for_url(f"{viewer.origin}/viewer/dicomjson?*")
    return cast("dict[str, Any]", page.wait_for_function(SHOWN, timeout=120_000).json_value())


def text_of(page: Page, *words: str) -> None:
    """Wait until the viewer shows some words."""
    for word in words:
        page.get_by_text(word).first.wait_for(timeout=60_000)


def test_ct_and_pet_and_a_report(
    page: Page, viewer: Site, server: RunningServer, objects: dict[str, FileDataset]
) -> None:
    """All series are listed; the first image has its values, its place and its pixel spacing, in mm."""
    shown = opened(page, viewer, server, objects["head/1-ct-01"])
    text_of(page, "Head 5 mm", "Head uptake", "Report")
    dataset = next(dataset for dataset in objects.values() if f"={dataset.SOPInstanceUID}&" in shown["id"])
    assert (shown["rows"], shown["columns"], len(shown["ids"])) == (512, 512, 9)
    assert shown["spacing"] == [float(value) for value in dataset.PixelSpacing]
    assert shown["position"] == [float(value) for value in dataset.ImagePositionPatient]
    values = pixel_array(dataset) * float(dataset.RescaleSlope) + float(dataset.RescaleIntercept)
    assert shown["mean"] == pytest.approx(values.mean())


def test_cines(page: Page, viewer: Site, server: RunningServer, objects: dict[str, FileDataset]) -> None:
    """Every frame of a multi-frame object has its own address, and plays at the object's own rate."""
    dataset = objects["heart/1-us-01"]
    shown = opened(page, viewer, server, dataset)
    text_of(page, "Four chambers", "Left coronary", "12 leads at rest", "FPS")
    assert [image_id.rpartition("&frame=")[2] for image_id in shown["ids"]] == [str(n) for n in range(1, 21)]
    assert shown["mean"] == pytest.approx(float(np.mean(pixel_array(dataset, index=0))), abs=0.5)
    rates = page.evaluate("() => [...document.querySelectorAll('input')].map(field => field.value)")
    assert str(round(1000 / float(dataset.FrameTime))) in rates


def test_palettes_and_deflated_objects(
    page: Page, viewer: Site, server: RunningServer, objects: dict[str, FileDataset]
) -> None:
    """Run-length encoded, palette and deflated images show as the others do."""
    opened(page, viewer, server, objects["skeleton/1-nm-01"])
    text_of(page, "Skeleton, whole body")
    for _ in range(2):  # the two charts, each a thumbnail of its own
        page.get_by_text("Charts").nth(1 + _).dblclick()
        page.wait_for_function(SHOWN, timeout=60_000)
