"""The words of an object on its picture: which of them, and where (PS3.18 8.2.1 legacy; section 9.1)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec import structs

from openwado.dicom.annotation_texts import annotation_texts
from openwado.dicom.block_reader import Unreadable
from openwado.dicom.reader import NotAnObject
from openwado.errors import CorruptObject
from openwado.render.corner_text import CornerTexts, draw, fitting
from openwado.render.presentation import Presentation
from openwado.render.voi_lut import VoiWindow

if TYPE_CHECKING:
    from openwado.dicom.annotation_texts import AnnotationTexts
    from openwado.dicom.source import ByteSource
    from openwado.render.raster import Raster
    from openwado.render.softcopy import Softcopy
    from openwado.render.spatial_transformation import SpatialTransformation

#: The other end of each direction of a patient.
_OPPOSITE = str.maketrans("LRAPHF", "RLPAFH")


def annotated(
    raster: Raster,
    words: tuple[str, ...],
    shown: Presentation | Softcopy,
    source: ByteSource,
    frame: tuple[int, int],
) -> tuple[Raster, str]:
    """Write on a picture what is asked for.

    Args:
        raster: the picture.
        words: of `ANNOTATION_KEYWORDS` and `ANNOTATION_EXTENSIONS`.
        shown: how it was drawn, by itself or by a presentation state.
        source: the stored bytes of its object.
        frame: its number, from 1, and how many there are.

    Returns:
        The picture, and a public warning about what there was no room for, "" if there was.

    Raises:
        CorruptObject: the object cannot be read.
    """
    try:
        said = annotation_texts(source, *frame)
    except (NotAnObject, Unreadable) as problem:
        raise CorruptObject("The stored object cannot be read as DICOM.", detail=problem.reason) from None
    presentation, rows_per_row = _view(shown)
    if not isinstance(shown, Presentation):
        said = turned(said, shown.transformation)
    rows, columns = raster.pixels.shape[:2]
    texts, warning = fitting(_corner_texts(said, frozenset(words), presentation, rows_per_row), rows, columns)
    return replace(raster, pixels=draw(raster.pixels, texts)), warning


def turned(said: AnnotationTexts, transformation: SpatialTransformation) -> AnnotationTexts:
    """Return the directions and distances of an image that a presentation state turns and mirrors (PS3.3 C.10.6)."""
    right, down = said.row_direction, said.column_direction
    right, down = {
        0: (right, down),
        90: (_opposite(down), right),
        180: (_opposite(right), _opposite(down)),
        270: (down, _opposite(right)),
    }[transformation.rotation]
    spacing = said.pixel_spacing
    return structs.replace(
        said,
        row_direction=_opposite(right) if transformation.flip else right,
        column_direction=down,
        pixel_spacing=spacing[::-1] if spacing is not None and transformation.turns_axes else spacing,
    )


def _opposite(direction: str) -> str:
    return direction.translate(_OPPOSITE)


def _view(shown: Presentation | Softcopy) -> tuple[Presentation, float]:
    """Return the grey steps, and how many rows of the image, as it is turned, one row of the picture is."""
    if isinstance(shown, Presentation):
        view = shown.viewport
        return shown, (view.bottom - view.top) / view.rows
    return shown.presentation, shown.view.rows.step


def _corner_texts(
    said: AnnotationTexts, words: frozenset[str], presentation: Presentation, rows_per_row: float
) -> CornerTexts:
    texts = CornerTexts(top_left=said.patient if "patient" in words else ())
    if "technique" in words:
        window = presentation.voi_lut
        shown = (f"C {window.center:.9g}  W {window.width:.9g}",) if isinstance(window, VoiWindow) else ()
        texts = replace(texts, top_right=said.study, bottom_left=said.image, bottom_right=shown)
    if "orientation" in words:
        right, down = said.row_direction, said.column_direction
        texts = replace(texts, left=_opposite(right), right=right, top=_opposite(down), bottom=down)
    if "scale" in words and said.pixel_spacing is not None:
        texts = replace(texts, millimetres_per_pixel=said.pixel_spacing[0] * rows_per_row)
    return texts
