"""Words of an object on its picture: that they say what is shown (section 9.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from openwado import annotation
from openwado.annotation import annotated, turned
from openwado.dicom.annotation_texts import AnnotationTexts
from openwado.dicom.block_reader import Unreadable
from openwado.dicom.presentation_state import PresentationState
from openwado.dicom.source import BytesSource
from openwado.errors import CorruptObject
from openwado.render.corner_text import CornerTexts
from openwado.render.displayed_area import DisplayedView
from openwado.render.presentation import Presentation
from openwado.render.raster import Raster
from openwado.render.softcopy import Softcopy
from openwado.render.spatial_transformation import SpatialTransformation
from openwado.render.stretch import Stretch
from openwado.render.viewport import Viewport
from openwado.render.voi_lut import VoiWindow

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAID = AnnotationTexts(row_direction="L", column_direction="PF", pixel_spacing=(0.5, 0.25))
WHOLE = Presentation(Viewport(40, 60, 0, 0, 60, 40, 40, 60), voi_lut=VoiWindow(1234567.5, 1e300, "LINEAR"))
PICTURE = Raster(np.zeros((200, 300), np.uint8))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[CornerTexts]:
    """Return what is drawn on pictures of an object that says `SAID`."""
    texts: list[CornerTexts] = []

    def draw(pixels: NDArray[Any], said: CornerTexts) -> NDArray[Any]:
        texts.append(said)
        return pixels

    monkeypatch.setattr(annotation, "annotation_texts", lambda *_: SAID)
    monkeypatch.setattr(annotation, "draw", draw)
    return texts


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_8_2_1_8_letters_turn_with_the_picture(rotation: int, *, flip: bool) -> None:
    """REQ-URI-8.2.1-8, -4, PS3.3 C.10.6: letters stand where the state turns the sides of the image to."""
    transformation = SpatialTransformation(3, 3, rotation, flip)
    sides = np.array([["", "AH", ""], ["R", "", "L"], ["", "PF", ""]])
    shown = transformation.apply(sides)
    said = turned(SAID, transformation)
    assert (said.row_direction, said.column_direction) == (shown[1, 2], shown[2, 1])
    assert said.pixel_spacing == ((0.25, 0.5) if rotation in {90, 270} else (0.5, 0.25))


def test_8_2_1_8_a_state_decides_the_scale(drawn: list[CornerTexts]) -> None:
    """REQ-URI-8.2.1-8: the scale is that of the picture: of the displayed area, as it is turned and magnified."""
    view = DisplayedView((0, 0, 40, 60), Stretch(10, 30, 0.1, 100), Stretch(0, 40, 0.1, 300))
    softcopy = Softcopy(PresentationState(is_grayscale=True), WHOLE, SpatialTransformation(40, 60, 90), view)
    annotated(PICTURE, ("orientation", "scale"), softcopy, BytesSource(b""), (1, 1))
    assert drawn[0].millimetres_per_pixel == pytest.approx(0.25 * 20 / 200)
    assert (drawn[0].left, drawn[0].right, drawn[0].top, drawn[0].bottom) == ("PF", "AH", "R", "L")


def test_8_2_1_8_a_region_decides_the_scale(drawn: list[CornerTexts]) -> None:
    """REQ-URI-8.2.1-8: without state, of the region and its size."""
    part = Presentation(Viewport(40, 60, 10, 10, 30, 20, 200, 300))
    annotated(PICTURE, ("scale",), part, BytesSource(b""), (1, 1))
    assert drawn == [CornerTexts(millimetres_per_pixel=0.5 * 10 / 200)]


def test_8_2_1_6_windows_are_written_in_full(drawn: list[CornerTexts]) -> None:
    """REQ-URI-8.2.1-6: no digit of a window is lost that anyone chose, and none without end is written."""
    annotated(PICTURE, ("technique",), WHOLE, BytesSource(b""), (1, 1))
    assert drawn[0].bottom_right == ("C 1234567.5  W 1e+300",)


def test_8_2_1_6_an_unreadable_sequence_is_a_corrupt_object(monkeypatch: pytest.MonkeyPatch) -> None:
    """REQ-URI-8.2.1-6: a limit that is met while sequences are read is told as any unreadable object is."""

    def met(*_: object) -> AnnotationTexts:
        raise Unreadable("too many elements")

    monkeypatch.setattr(annotation, "annotation_texts", met)
    with pytest.raises(CorruptObject):
        annotated(PICTURE, ("patient",), WHOLE, BytesSource(b""), (1, 1))
