"""Overlay groups and shutters as attributes of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset


def with_overlay(
    dataset: Dataset,
    bits: NDArray[Any],
    *,
    group: int = 0x6000,
    origin: tuple[int, int] = (1, 1),
    kind: str = "G",
    frames: bool | None = None,
    frame_origin: int | None = None,
) -> Dataset:
    """Add an overlay plane with data of its own.

    Args:
        dataset: the image.
        bits: shape (rows, columns) or (frames, rows, columns).
        group: 6000 … 601E, even.
        origin: Overlay Origin, row and column of the first bit.
        kind: G or R.
        frames: whether Number of Frames in Overlay is written; None: if there are several.
        frame_origin: Image Frame Origin, None: left out.
    """
    bits = np.asarray(bits, np.uint8)
    _describe(dataset, group, bits.shape[-2:], origin, kind)
    if bits.ndim == 3 if frames is None else frames:
        dataset.add_new((group, 0x0015), "IS", len(bits) if bits.ndim == 3 else 1)
    if frame_origin is not None:
        dataset.add_new((group, 0x0051), "US", frame_origin)
    dataset.add_new((group, 0x0100), "US", 1)
    dataset.add_new((group, 0x0102), "US", 0)
    data = np.packbits(bits.ravel(), bitorder="little").tobytes()
    dataset.add_new((group, 0x3000), "OW", data + bytes(len(data) % 2))
    return dataset


def with_embedded_overlay(dataset: Dataset, position: int, *, group: int = 0x6000, kind: str = "G") -> Dataset:
    """Add an overlay plane whose bits are one of the unused ones of the pixel cells (RR-24)."""
    _describe(dataset, group, (dataset.Rows, dataset.Columns), (1, 1), kind)
    dataset.add_new((group, 0x0100), "US", dataset.BitsAllocated)
    dataset.add_new((group, 0x0102), "US", position)
    return dataset


def _describe(dataset: Dataset, group: int, shape: tuple[int, ...], origin: tuple[int, int], kind: str) -> None:
    dataset.add_new((group, 0x0010), "US", shape[0])
    dataset.add_new((group, 0x0011), "US", shape[1])
    dataset.add_new((group, 0x0040), "CS", kind)
    dataset.add_new((group, 0x0050), "SS", list(origin))


def rectangular(left: int, right: int, upper: int, lower: int) -> dict[str, Any]:
    """Return the attributes of a rectangular shutter."""
    return {
        "ShutterLeftVerticalEdge": left,
        "ShutterRightVerticalEdge": right,
        "ShutterUpperHorizontalEdge": upper,
        "ShutterLowerHorizontalEdge": lower,
    }


def circular(row: int, column: int, radius: int) -> dict[str, Any]:
    """Return the attributes of a circular shutter."""
    return {"CenterOfCircularShutter": [row, column], "RadiusOfCircularShutter": radius}


def polygonal(*vertices: tuple[int, int]) -> dict[str, Any]:
    """Return the attributes of a polygonal shutter, each vertex as row and column."""
    return {"VerticesOfThePolygonalShutter": [number for vertex in vertices for number in vertex]}


def shutter(*shapes: dict[str, Any], **fill: object) -> dict[str, Any]:
    """Return the attributes of a shutter of several shapes."""
    names = [next(name for keyword, name in _NAMES.items() if keyword in shape) for shape in shapes]
    attributes: dict[str, object] = {"ShutterShape": names if len(names) > 1 else names[0], **fill}
    for shape in shapes:
        attributes |= shape
    return attributes


_NAMES = {
    "ShutterLeftVerticalEdge": "RECTANGULAR",
    "CenterOfCircularShutter": "CIRCULAR",
    "VerticesOfThePolygonalShutter": "POLYGONAL",
}
