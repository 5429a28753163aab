"""One image in colours over another (RR-43)."""

from __future__ import annotations

import numpy as np
import pytest

from openwado.dicom.attributes import Attributes
from openwado.dicom.elements import Coding
from openwado.dicom.image_plane import ImagePlane, image_plane
from openwado.errors import NotSupported
from openwado.render.blending import Layer, blended, distance, laid_over

COLORS = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3) * 4
PLANE = ImagePlane("1.2", (0.0, 0.0, 0.0), (2.0, 0.0, 0.0), (0.0, 2.0, 0.0))


def test_rr_43_the_formula() -> None:
    """RR-43: out = RGB * A + grey * (1 - A)."""
    grey = np.array([[0, 100], [200, 255]], np.uint8)
    layer = Layer(np.full((2, 2, 3), (255, 0, 128), np.float32), np.ones((2, 2), np.float32))
    for opacity in (0.0, 0.25, 1.0):
        expected = np.floor(np.array([255, 0, 128]) * opacity + grey[..., None] * (1 - opacity) + 0.5)
        np.testing.assert_array_equal(blended(grey, layer, opacity), expected)
    wide = (grey.astype(np.uint16) << 8) | grey
    np.testing.assert_array_equal(blended(wide, layer, 0.25), blended(grey, layer, 0.25))


def test_rr_43_an_image_lies_where_it_is_in_the_patient() -> None:
    """PS3.3 C.7.6.2.1.1: positions of pixel centres decide; where there is no image there is nothing of it."""
    shifted = ImagePlane("1.2", (2.0, 4.0, 0.0), (2.0, 0.0, 0.0), (0.0, 2.0, 0.0))
    layer = laid_over(COLORS, shifted, PLANE, (8, 8))
    np.testing.assert_array_equal(layer.pixels[2:6, 1:6], COLORS)
    assert layer.share[2:6, 1:6].min() == 1
    assert layer.share[0].max() == 0
    finer = ImagePlane("1.2", (0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    np.testing.assert_array_equal(laid_over(COLORS, finer, PLANE, (2, 2)).pixels, COLORS[:3:2, :3:2])
    turned = ImagePlane("1.2", (0.0, 0.0, 0.0), (0.0, 2.0, 0.0), (2.0, 0.0, 0.0))
    np.testing.assert_allclose(laid_over(COLORS, turned, PLANE, (5, 4)).pixels, COLORS.transpose(1, 0, 2), atol=0.01)


def test_rr_43_without_places_the_whole_lies_over_the_whole() -> None:
    """RR-43: where nothing says where an image is it covers the other one, at its size."""
    layer = laid_over(COLORS, None, PLANE, (4, 5))
    np.testing.assert_array_equal(layer.pixels, COLORS)
    assert laid_over(COLORS, None, None, (8, 10)).pixels.shape == (8, 10, 3)


def test_n_2_6_padding_is_mixed_with_nothing() -> None:
    """N.2.6: padding has no share, and what is half padding has the value of the other half."""
    pixels = np.array([[[100] * 3, [120] * 3, [7] * 3]] * 2, np.uint8)
    present = np.array([[True, True, False]] * 2)
    finer = ImagePlane("1.2", (0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    layer = laid_over(pixels, PLANE, finer, (2, 6), present)
    np.testing.assert_allclose(layer.pixels[0, :4, 0], [100, 110, 120, 120])
    np.testing.assert_allclose(layer.share[0], [1, 1, 1, 0.5, 0, 0])
    halved = laid_over(np.repeat(pixels, 2, axis=1), None, None, (1, 3), np.repeat(present, 2, axis=1))
    np.testing.assert_allclose(halved.pixels[0, :, 0], [100, 120, 0])
    np.testing.assert_allclose(halved.share[0], [1, 1, 0])


def test_rr_43_planes_that_cross_are_refused() -> None:
    """RR-43: a plane across the other one has no picture on it."""
    across = ImagePlane("1.2", (0.0, 0.0, 0.0), (2.0, 0.0, 0.0), (0.0, 0.0, 2.0))
    with pytest.raises(NotSupported, match="parallel"):
        laid_over(COLORS, across, PLANE, (4, 4))
    assert distance(PLANE, ImagePlane("1.2", (9.0, 9.0, -3.0), (2.0, 0.0, 0.0), (0.0, 2.0, 0.0))) == 3


def test_rr_43_images_that_cannot_be_moved_are_refused() -> None:
    """RR-43: an image too long to be brought to another grid is said to be so."""
    with pytest.raises(NotSupported, match="not blended"):
        laid_over(np.zeros((1, 33000, 3), np.uint8), PLANE, PLANE, (4, 4))


@pytest.mark.parametrize(("spacing", "found"), [("0.0002", True), ("1e300", False), ("0", False)])
def test_rr_43_planes_of_any_possible_spacing(spacing: str, found: bool) -> None:  # noqa: FBT001 -- a parameter
    """RR-43: microscopes have pixels of a fraction of a micrometre; impossible steps make no plane."""
    texts = {
        0x00200032: b"0\\0\\0 ",
        0x00200037: b"1\\0\\0\\0\\1\\0 ",
        0x00200052: b"1.2\0",
        0x00280030: f"{spacing}\\{spacing}".encode(),
    }
    assert (image_plane(_Texts(texts), 1) is not None) == found


class _Texts(Attributes):
    """Attributes made up of texts."""

    def __init__(self, texts: dict[int, bytes]) -> None:
        super().__init__(None, {}, Coding(explicit=True, little_endian=True))  # type: ignore[arg-type]  # never read
        self._texts = texts

    def value(self, tag: int, longest: int = 1 << 16) -> bytes:
        """Return a value."""
        return self._texts.get(tag, b"")[:longest]
