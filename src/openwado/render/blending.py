"""Laying one image in colours over another (PS3.4 N.2.4.2; RR-43)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from openwado.errors import NotSupported
from openwado.render import resample
from openwado.render.resample import LONGEST_WARPED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from openwado.dicom.image_plane import ImagePlane

#: Cosine between planes from which on they are parallel: two and a half degrees.
PARALLEL = 0.999


@dataclass(frozen=True, slots=True)
class Layer:
    """A coloured image on the grid of another: RGB, 0 … 255, and how much of it there is at each pixel, 0 … 1."""

    pixels: NDArray[np.float32]
    share: NDArray[np.float32]


def distance(below: ImagePlane, above: ImagePlane) -> float:
    """Return how far apart two planes are, mm."""
    apart = np.subtract(above.position, below.position)
    return float(abs(np.dot(apart, below.normal)))


def laid_over(
    pixels: NDArray[Any],
    above: ImagePlane | None,
    below: ImagePlane | None,
    size: tuple[int, int],
    present: NDArray[np.bool_] | None = None,
) -> Layer:
    """Bring a coloured image to the grid of the one below.

    Args:
        pixels: RGB.
        above: its plane, None where it has no known place: it then covers the whole.
        below: the plane of the image below.
        size: rows and columns of the image below.
        present: which of its pixels are there; None: all are. The others are not mixed with their neighbours.

    Raises:
        NotSupported: the planes are not parallel.
    """
    if above is None or below is None:
        resized: NDArray[Any]
        if present is not None:
            resized = resample.resize(pixels.astype(np.float32) * present[..., None], *size)
            return _weighed(resized, resample.resize(present.astype(np.float32), *size))
        resized = resample.resize(pixels, *size)
        return Layer(resized.astype(np.float32), np.ones(size, np.float32))
    if abs(float(np.dot(above.normal, below.normal))) < PARALLEL:
        raise NotSupported("Images in planes that are not parallel are not blended.", parameter="presentationUID")
    if max(*pixels.shape[:2], *size) > LONGEST_WARPED:
        raise NotSupported("Images as long as these are not blended.", parameter="presentationUID")
    matrix = _matrix(below, above)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    columns_rows = size[::-1]
    there_before = np.ones(pixels.shape[:2], np.float32) if present is None else present.astype(np.float32)
    before = pixels.astype(np.float32)
    moved: NDArray[Any] = cv2.warpAffine(before * there_before[..., None], matrix, columns_rows, flags=flags)
    there: NDArray[Any] = cv2.warpAffine(there_before, matrix, columns_rows, flags=flags)
    return _weighed(moved, there)


def _weighed(moved: NDArray[Any], there: NDArray[Any]) -> Layer:
    """Return a layer of pixels that were mixed with nothing where nothing was: what is left is as much as it was."""
    whole = np.where(there[..., None] > 0, moved / np.maximum(there[..., None], 1e-6), 0)
    return Layer(np.clip(whole, 0, 255).astype(np.float32), np.clip(there, 0, 1).astype(np.float32))


def blended(grey: NDArray[Any], layer: Layer, opacity: float) -> NDArray[np.uint8]:
    """Return RGB: colours by their opacity, the rest grey.

    Args:
        grey: 0 … the largest value of its type.
        layer: on the same grid.
        opacity: 0 … 1.
    """
    below = grey.astype(np.float32)[..., None] * np.float32(255 / np.iinfo(grey.dtype).max)
    weight = layer.share[..., None] * np.float32(opacity)
    mixed: NDArray[Any] = np.floor(layer.pixels * weight + below * (1 - weight) + np.float32(0.5))
    clipped: NDArray[np.uint8] = np.clip(mixed, 0, 255).astype(np.uint8)
    return clipped


def _matrix(below: ImagePlane, above: ImagePlane) -> NDArray[np.float64]:
    """Return what takes column and row of the image below to those of the one above (C.7.6.2.1.1)."""
    axes = np.stack([above.right, above.down], axis=1)
    solve = np.linalg.pinv(axes)
    offset = solve @ np.subtract(below.position, above.position)
    return np.stack([solve @ np.array(below.right), solve @ np.array(below.down), offset], axis=1)
