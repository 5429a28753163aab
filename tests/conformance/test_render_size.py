"""Region, rows and columns (PS3.18 legacy 8.2.2-8.2.4; sections 9.2 and 9.3; RR-22)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openwado.dicom.frame import Frame
from openwado.dicom.image_pixel import ImagePixel
from openwado.dicom.picture_record import FrameAttributes, Picture
from openwado.errors import BadRequest
from openwado.render.pipeline import render
from openwado.render.presentation import resolve_presentation
from openwado.render.viewport import fitted_size, output_size, pixel_edges, resolve_viewport

if TYPE_CHECKING:
    from numpy.typing import NDArray

WHOLE = None


def record(rows: int, columns: int, pixel_aspect: tuple[float, float] | None = None) -> Picture:
    """Return the picture record of a grey image of bytes."""
    image_pixel = ImagePixel(rows, columns, 1, "MONOCHROME2", 8, 8, 7, 0, 0, 1, "PixelData")
    return Picture(image_pixel, FrameAttributes(), pixel_aspect=pixel_aspect, modality="US")


@pytest.mark.parametrize(
    ("width", "height", "rows", "columns", "expected"),
    [
        (512, 512, 300, 400, (300, 300)),
        (2000, 1500, 300, 400, (300, 400)),
        (3000, 2000, 300, 400, (267, 400)),
        (640, 480, 1000, 1000, (750, 1000)),
        (103, 51, 300, 400, (198, 400)),
        (102, 51, 300, 400, (200, 400)),
        (512, 512, None, 400, (400, 400)),
        (512, 512, 400, None, (400, 400)),
        (10, 3000, 100, 100, (100, 1)),
        (512, 300, None, None, (300, 512)),
    ],
)
def test_req_uri_8_2_2_2_the_largest_size_in_the_box(
    width: int, height: int, rows: int | None, columns: int | None, expected: tuple[int, int]
) -> None:
    """REQ-URI-8.2.2-2 … 4: the vectors of 9.2."""
    assert fitted_size(height, width, rows, columns) == expected


@given(
    width=st.integers(1, 65535),
    height=st.integers(1, 65535),
    rows=st.integers(1, 5000) | st.none(),
    columns=st.integers(1, 5000) | st.none(),
)
def test_req_uri_8_2_2_2_no_picture_leaves_its_box(
    width: int, height: int, rows: int | None, columns: int | None
) -> None:
    """REQ-URI-8.2.2-2: a picture never leaves its box, and touches one of its sides."""
    drawn_rows, drawn_columns = fitted_size(height, width, rows, columns)
    assert rows is None or 1 <= drawn_rows <= rows
    assert columns is None or 1 <= drawn_columns <= columns
    if rows is not None or columns is not None:
        assert rows == drawn_rows or columns == drawn_columns


@pytest.mark.parametrize(
    ("rows", "columns", "region", "expected"),
    [
        (512, 512, (0.3, 0.4, 0.5, 0.5), (154, 205, 102, 51)),
        (512, 512, (0.0, 0.0, 0.5, 0.5), (0, 0, 256, 256)),
        (5, 5, (0.0, 0.0, 0.5, 1.0), (0, 0, 3, 5)),
        (5, 5, (0.5, 0.0, 1.0, 1.0), (3, 0, 2, 5)),
        (5, 5, (0.99, 0.99, 1.0, 1.0), (4, 4, 1, 1)),
        (5, 5, (0.0, 0.0, 0.01, 0.01), (0, 0, 1, 1)),
    ],
)
def test_req_uri_8_2_4_2_the_pixels_of_a_region(
    rows: int, columns: int, region: tuple[float, float, float, float], expected: tuple[int, int, int, int]
) -> None:
    """REQ-URI-8.2.4-2: the vectors of 9.3; a region is never empty."""
    viewport = resolve_viewport(record(rows, columns), region=region, rows=None, columns=None)
    left, top, width, height = expected
    assert (viewport.left, viewport.top) == (left, top)
    assert (viewport.rows, viewport.columns) == (height, width)


@given(size=st.integers(1, 65535), cut=st.floats(0.0, 1.0))
def test_req_uri_8_2_4_2_neighbours_tile(size: int, cut: float) -> None:
    """9.3: what one region ends with the next one begins with, unless one of them had to be kept from being empty."""
    _, end = pixel_edges(0.0, cut, size)
    start, _ = pixel_edges(cut, 1.0, size)
    assert end == max(start, 1) if start < size - 1 else end in (size - 1, size)


def test_annex_b_3_region_and_box_together() -> None:
    """REQ-URI-8.2.4-4: example B.3 on a square image gives 400 x 200."""
    size = output_size(record(512, 512), region=(0.3, 0.4, 0.5, 0.5), rows=300, columns=400)
    assert size == (200, 400)


@pytest.mark.parametrize(
    ("pixel_aspect", "rows", "columns", "expected"),
    [
        (None, None, 100, (100, 100)),
        ((1.0, 1.0), None, 100, (100, 100)),
        ((2.0, 1.0), None, 100, (200, 100)),
        ((2.0, 1.0), 100, 100, (100, 50)),
        ((1.0, 2.0), 100, 100, (50, 100)),
        ((2.0, 1.0), None, None, (50, 50)),
        ((1.0009, 1.0), None, 1000, (1000, 1000)),
        ((1.002, 1.0), None, 1000, (1002, 1000)),
        ((0.0, 1.0), None, 100, (100, 100)),
        ((float("nan"), 1.0), None, 100, (100, 100)),
        ((1e300, 1e-300), None, 100, (100, 100)),
        ((-2.0, 1.0), None, 100, (100, 100)),
    ],
)
def test_rr_22_pixels_that_are_not_square(
    pixel_aspect: tuple[float, float] | None, rows: int | None, columns: int | None, expected: tuple[int, int]
) -> None:
    """RR-22: with rows or columns the height is corrected by the pixels' shape; without both, or if broken, not."""
    assert output_size(record(50, 50, pixel_aspect), region=WHOLE, rows=rows, columns=columns) == expected


def test_rr_22_the_correction_is_exact() -> None:
    """RR-22: the ratio is not rounded on the way."""
    assert fitted_size(3, 2, None, 7, Fraction(1, 3)) == (4, 7)


@pytest.mark.parametrize(
    ("rows", "columns", "parameter"),
    [(70000, None, "rows"), (None, 70000, "columns"), (70000, 70000, "rows"), (10**30, None, "rows")],
)
def test_req_uri_8_2_2_5_sizes_that_are_not_made(rows: int | None, columns: int | None, parameter: str) -> None:
    """REQ-URI-8.2.2-5: a size beyond the limit is a bad request that names the parameter."""
    with pytest.raises(BadRequest) as refused:
        output_size(record(512, 512), region=WHOLE, rows=rows, columns=columns)
    assert refused.value.parameter == parameter


def test_req_uri_8_2_2_5_the_limit_is_the_callers() -> None:
    """REQ-URI-8.2.2-5: the number of pixels is bounded as told, also where nothing was asked for."""
    assert output_size(record(10, 10), region=WHOLE, rows=None, columns=None, max_output_pixels=100) == (10, 10)
    with pytest.raises(BadRequest) as refused:
        output_size(record(10, 10), region=WHOLE, rows=None, columns=None, max_output_pixels=99)
    assert refused.value.parameter == "rows"
    with pytest.raises(BadRequest):
        resolve_presentation(
            record(10, 10),
            FrameAttributes(),
            window=None,
            region=WHOLE,
            rows=None,
            columns=None,
            max_output_pixels=99,
        )


@pytest.mark.parametrize("value", [0, -1])
@pytest.mark.parametrize("name", ["rows", "columns"])
def test_req_uri_8_2_2_1_sizes_are_positive(name: str, value: int) -> None:
    """REQ-URI-8.2.2-1: nothing below 1."""
    rows, columns = (value, None) if name == "rows" else (None, value)
    with pytest.raises(BadRequest) as refused:
        output_size(record(10, 10), region=WHOLE, rows=rows, columns=columns)
    assert refused.value.parameter == name


def drawn(cells: NDArray[np.uint8], **wishes: object) -> NDArray[Any]:
    """Return the picture of a grey image of bytes."""
    asked: dict[str, Any] = {"window": None, "region": None, "rows": None, "columns": None, **wishes}
    picture = record(*cells.shape)
    return render(
        Frame(cells, "MONOCHROME2", 8, 7, 0), resolve_presentation(picture, picture.frame_attributes, **asked)
    ).pixels


def test_req_uri_8_2_4_4_a_region_is_cut_before_it_is_scaled() -> None:
    """REQ-URI-8.2.4-4: nothing from outside a region shines into its enlarged edge."""
    cells = np.zeros((8, 8), np.uint8)
    cells[:4, :4] = 200
    assert (drawn(cells, region=(0.0, 0.0, 0.5, 0.5), columns=16) == 200).all()


def test_req_uri_8_2_4_4_a_picture_has_the_size_that_was_computed() -> None:
    """9.2: render gives exactly what output_size says, thin pictures included."""
    cells = np.arange(256, dtype=np.uint8).reshape(8, 32)
    for wishes in ({"columns": 1}, {"rows": 1}, {"rows": 100}, {"columns": 7}, {"region": (0.1, 0.2, 0.3, 0.9)}):
        asked: dict[str, Any] = {"region": None, "rows": None, "columns": None, **wishes}
        assert drawn(cells, **asked).shape == output_size(record(8, 32), **asked)


def test_a_stream_of_another_size_than_its_header_is_cut_in_proportion() -> None:
    """RR-5: a decoded frame of another size than the header's gives the same region at the same size."""
    picture = record(8, 8)
    presentation = resolve_presentation(
        picture, picture.frame_attributes, window=None, region=(0.5, 0.0, 1.0, 1.0), rows=None, columns=None
    )
    cells = np.zeros((4, 4), np.uint8)
    cells[:, 2:] = 200
    pixels = render(Frame(cells, "MONOCHROME2", 8, 7, 0), presentation).pixels
    assert pixels.shape == (8, 4)
    assert (pixels == 200).all()
