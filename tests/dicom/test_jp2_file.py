"""Stored JPEG 2000 streams as files."""

from __future__ import annotations

import io
from typing import Any

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from openwado.dicom.image_pixel import ImagePixel
from openwado.dicom.jp2_file import jp2_file

COLORS = (np.add.outer(np.arange(40), np.arange(56))[..., None] * (1, 2, 3) % 256).astype(np.uint8)
GREY = np.ascontiguousarray(COLORS[..., 0])


def stream(cells: Any, **options: Any) -> bytes:  # noqa: ANN401 -- the encoder's own
    """Return a codestream."""
    return bytes(imagecodecs.jpeg2k_encode(cells, codecformat="j2k", **{"reversible": True, **options}))


def pixel(samples: int = 1, photometric: str = "MONOCHROME2", rows: int = 40) -> ImagePixel:
    """Return the description of an image."""
    return ImagePixel(rows, 56, samples, photometric, 8, 8, 7, 0, 0, 1, "PixelData")


@pytest.mark.parametrize("padding", [b"", b"\0"])
@pytest.mark.parametrize(
    ("cells", "photometric", "mct"), [(GREY, "MONOCHROME2", False), (COLORS, "YBR_RCT", True), (COLORS, "RGB", False)]
)
def test_req_uri_8_2_8_5_the_codestream_is_in_the_file_as_it_is(
    cells: Any,  # noqa: ANN401 -- an array
    photometric: str,
    padding: bytes,
    *,
    mct: bool,
) -> None:
    """REQ-URI-8.2.8-5: readers of JP2 files show the stored pixels, and the codestream has not changed by a bit."""
    stored = stream(cells, mct=mct)
    found = jp2_file(stored + padding, pixel(3 if cells.ndim == 3 else 1, photometric))
    assert found is not None
    assert found.endswith(stored)
    assert np.array_equal(imagecodecs.jpeg2k_decode(found), cells)
    shown = Image.open(io.BytesIO(found))
    assert (shown.format, shown.mode) == ("JPEG2000", "RGB" if cells.ndim == 3 else "L")
    assert np.array_equal(np.asarray(shown), cells)


def test_what_readers_would_not_show_alike_is_no_file() -> None:
    """REQ-URI-8.2.8-5: another size or depth than the object's, cut-off streams, and components that are not RGB."""
    stored = stream(GREY)
    assert jp2_file(stored, pixel()) is not None
    assert jp2_file(stored, pixel(rows=41)) is None
    assert jp2_file(stored[:-20], pixel()) is None
    assert jp2_file(b"something else", pixel()) is None
    assert jp2_file(stream(GREY.astype(np.uint16) * 16, bitspersample=12), pixel()) is None
    assert jp2_file(stream(COLORS, mct=False), pixel(3, "YBR_FULL")) is None
    assert jp2_file(bytes(imagecodecs.htj2k_encode(GREY)), pixel()) is None
