"""Cornerstone3D's DICOM image loader (`wadouri:`) on a page of another origin: the pixels are those of the object."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pydicom
import pytest
from playwright.sync_api import Error
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import pixel_array

from clients.conftest import HERE, installed
from dcmtk import run_dcmtk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from playwright.sync_api import Browser, Page
    from pydicom.dataset import FileDataset

    from clients.site import Site
    from serving import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("clients")]

CODECS = {
    "codec-charls/decodewasm": "charlswasm_decode.wasm",
    "codec-libjpeg-turbo-8bit/decodewasm": "libjpegturbowasm_decode.wasm",
    "codec-libjxl/decodewasm": "jpegxlwasm_decode.wasm",
    "codec-openjpeg/decodewasm": "openjpegwasm_decode.wasm",
    "codec-openjph/wasm": "openjphjs.wasm",
}
HTML = '<!doctype html><meta charset="utf-8"><title>Cornerstone3D</title><script type="module" src="page.js"></script>'
EXPLICIT = "1.2.840.10008.1.2.1"
BASELINE, JPEG_LOSSLESS = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.70"


def build(folder: Path) -> None:
    """Bundle the page and the worker that decodes, and put compiled codecs where the worker looks for them."""
    modules = installed("node_modules")
    worker = modules / "@cornerstonejs/dicom-image-loader/dist/esm/decodeImageFrameWorker.js"
    subprocess.run(
        [
            modules / ".bin/esbuild", "page.js", f"decodeImageFrameWorker={worker}", "--bundle", "--format=esm",
            f"--outdir={folder}", "--external:fs", "--external:path", "--alias:xmlbuilder2=./no_xmlbuilder.js",
            "--log-level=warning",
        ],
        cwd=HERE, check=True, capture_output=True,
    )  # fmt: skip
    for address, name in CODECS.items():
        place = folder / "@cornerstonejs" / address
        place.parent.mkdir(parents=True)
        shutil.copy(modules / "@cornerstonejs" / address.split("/")[0] / "dist" / name, place)
    (folder / "index.html").write_text(HTML, encoding="utf-8")


@pytest.fixture(scope="module")
def page(browser: Browser, site: Site, server: RunningServer) -> Iterator[Page]:
    """Give the page, with the loader ready; it asks nobody but its own site and the server."""
    build(site.folder / "cornerstone3d")
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site.origin}/cornerstone3d/")
    page.wait_for_function("window.isReady === true")
    yield page
    strangers = [url for url in asked if not url.startswith((site.origin, server.url, "blob:", "data:"))]
    context.close()
    assert strangers == []


def address(server: RunningServer, dataset: FileDataset, transfer_syntax: str, frame: int | None = None) -> str:
    """Return an image id, as a viewer makes one of our address."""
    return (
        f"wadouri:{server.url}/wado?requestType=WADO&studyUID={dataset.StudyInstanceUID}"
        f"&seriesUID={dataset.SeriesInstanceUID}&objectUID={dataset.SOPInstanceUID}"
        f"&contentType=application%2Fdicom&transferSyntax={transfer_syntax}"
        + ("" if frame is None else f"&frame={frame}")
    )


def loaded(page: Page, image_id: str) -> dict[str, Any]:
    """Load an image; return what the loader tells of it."""
    return cast("dict[str, Any]", page.evaluate("id => window.loadImage(id)", image_id))


def values_of(page: Page, image_id: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return the values of an image that has been loaded."""
    return np.frombuffer(base64.b64decode(page.evaluate("id => window.valuesOf(id)", image_id)), "<f4").reshape(shape)


def uncompressed(dataset: FileDataset) -> FileDataset:
    """Return an object whose pixels pydicom reads by itself: DCMTK decodes those of others."""
    if dataset.file_meta.TransferSyntaxUID != JPEG_LOSSLESS:
        return dataset
    with tempfile.TemporaryDirectory() as folder:
        run_dcmtk("dcmdjpeg", dataset.filename, f"{folder}/decoded.dcm")
        return pydicom.dcmread(f"{folder}/decoded.dcm")


def expected(dataset: FileDataset, frame: int | None) -> NDArray[np.float32]:
    """Return what pydicom reads, rescaled; colours as red, green and blue. Overlay planes in the bits above are not."""
    pixels = pixel_array(dataset, index=None if frame is None else frame - 1)
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        return (apply_color_lut(pixels, dataset) >> 8).astype(np.float32)
    if dataset.PixelRepresentation == 0:
        pixels = pixels & (1 << dataset.BitsStored) - 1
    slope, intercept = dataset.get("RescaleSlope", 1), dataset.get("RescaleIntercept", 0)
    return (pixels * np.float64(slope) + np.float64(intercept)).astype(np.float32)


IMAGES = [
    ("head/1-ct-05", None),
    ("head/2-pt-02", None),
    ("brain/1-mr-02", None),
    ("brain/2-mr-02", None),
    ("chest/1-dx-01", None),
    ("heart/1-us-01", 1),
    ("heart/1-us-01", 20),
    ("heart/3-xa-01", 8),
    ("skeleton/1-nm-01", 2),
    ("skeleton/2-ot-01", None),
    ("skeleton/2-ot-02", None),
]
#: Cornerstone3D 5.14 does not inflate a deflated data set.
NOT_READ = ("skeleton/2-ot-02", "*")


@pytest.mark.parametrize("transfer_syntax", ["*", EXPLICIT])
@pytest.mark.parametrize("image", IMAGES, ids=lambda image: image[0])
def test_the_loader_reads_what_pydicom_reads(
    page: Page,
    server: RunningServer,
    objects: dict[str, FileDataset],
    image: tuple[str, int | None],
    transfer_syntax: str,
) -> None:
    """Each sample image, as it is stored and in Explicit VR Little Endian, has the values of the object."""
    name, frame = image
    if (name, transfer_syntax) == NOT_READ:
        with pytest.raises(Error, match="no pixel data"):
            loaded(page, address(server, objects[name], transfer_syntax))
        return
    image_id = address(server, objects[name], transfer_syntax, frame)
    told = loaded(page, image_id)
    right = expected(uncompressed(objects[name]), frame)
    assert (told["rows"], told["columns"], told["color"]) == (*right.shape[:2], right.ndim == 3)
    if objects[name].file_meta.TransferSyntaxUID == BASELINE:  # whose decoders round in ways of their own
        np.testing.assert_allclose(values_of(page, image_id, right.shape), right, rtol=0, atol=1)
    else:
        assert told["digest"] == hashlib.sha256(right.tobytes()).hexdigest()


@pytest.mark.parametrize("number", ["5", "4.57", "4.70", "4.80", "4.90", "4.110", "4.201", "4.202"])
def test_the_loader_reads_what_is_encoded_here(
    page: Page, server: RunningServer, objects: dict[str, FileDataset], number: str
) -> None:
    """A CT image, asked for in each lossless transfer syntax that the loader knows, has the values of the object."""
    told = loaded(page, address(server, objects["head/1-ct-03"], f"1.2.840.10008.1.2.{number}"))
    assert told["digest"] == hashlib.sha256(expected(objects["head/1-ct-03"], None).tobytes()).hexdigest()
    assert told["window"] == [40, 80]
    assert told["spacing"] == [0.45, 0.45]


def test_the_loader_hears_what_is_wrong(page: Page, server: RunningServer, objects: dict[str, FileDataset]) -> None:
    """A page of another origin can read the status of an error: of an object that is not there, 404."""
    image_id = address(server, objects["head/1-ct-03"], "*").replace("&objectUID=", "&objectUID=1.")
    told = page.evaluate("id => window.loadImage(id).catch(wrong => wrong.status)", image_id)
    assert told == 404
