"""Random overlay planes and display shutters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from golden.image import NM, color_image, grey_image
from golden.overlay import circular, polygonal, rectangular, shutter, with_overlay

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

GROUPS = st.sampled_from(range(0x6000, 0x6020, 2))

COORDINATES = st.integers(-8, 20)


@st.composite
def plain_images(draw: st.DrawFn, *, frames: int = 1) -> Dataset:
    """Draw an image in middle greys or one colour, of one frame or several, with pixels of any shape."""
    rows, columns = draw(st.integers(1, 11)), draw(st.integers(1, 11))
    if frames == 1 and draw(st.integers(0, 3)) == 0:
        dataset = color_image(np.full((rows, columns, 3), (40, 90, 160)))
    else:
        values = np.arange(frames * rows * columns).reshape(frames, rows, columns) % 97 + 60
        photometric = draw(st.sampled_from(["MONOCHROME1", "MONOCHROME2"]))
        dataset = grey_image(values, NM, photometric, bits=(8, 8, 7), WindowCenter=128, WindowWidth=256)
    spacing = draw(st.sampled_from([None, None, [1, 1], [2, 1], [1, 3], [0.7, 0.31]]))
    if spacing:
        dataset.PixelSpacing = spacing
    return dataset


@st.composite
def overlaid(draw: st.DrawFn, dataset: Dataset) -> Dataset:
    """Add up to three overlay planes with data of their own, of any size, anywhere, for any frames."""
    for group in draw(st.lists(GROUPS, max_size=3, unique=True)):
        count = draw(st.sampled_from([None, None, 1, 2, 3]))
        shape = (count or 1, draw(st.integers(1, 13)), draw(st.integers(1, 13)))
        length = int(np.prod(shape))
        data = np.frombuffer(draw(st.binary(min_size=-(-length // 8), max_size=-(-length // 8))), np.uint8)
        with_overlay(
            dataset,
            np.unpackbits(data)[:length].reshape(shape),
            group=group,
            origin=(draw(st.integers(-14, 14)), draw(st.integers(-14, 14))),
            kind=draw(st.sampled_from("GGGR")),
            frames=count is not None,
            frame_origin=draw(st.none() | st.integers(1, 3)),
        )
    return dataset


@st.composite
def shutters(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the attributes of a shutter of one to three shapes."""
    vertices = st.lists(st.tuples(COORDINATES, COORDINATES), min_size=3, max_size=7)
    shapes = [
        rectangular(*(draw(COORDINATES) for _ in range(4))),
        circular(draw(COORDINATES), draw(COORDINATES), draw(st.integers(0, 12))),
        polygonal(*draw(vertices)),
    ]
    chosen = draw(st.lists(st.sampled_from(range(3)), min_size=1, max_size=3, unique=True))
    fill: dict[str, Any] = {}
    if draw(st.booleans()):
        fill["ShutterPresentationValue"] = draw(st.integers(0, 65535))
    if draw(st.booleans()):
        fill["ShutterPresentationColorCIELabValue"] = draw(st.lists(st.integers(0, 65535), min_size=3, max_size=3))
    return shutter(*(shapes[number] for number in chosen), **fill)
