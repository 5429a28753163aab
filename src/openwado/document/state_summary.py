"""What a presentation state does: to which images, with which windows, layers, words (PS3.3 C.11.8 … C.11.11)."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from openwado.dicom.formatting import sop_class_name
from openwado.document.summary_cells import Cells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.dicom.attributes import Attributes
    from openwado.document.labels import Language
    from openwado.document.model import Table

_LABEL, _DESCRIPTION, _DATE, _TIME, _CREATOR = 0x00700080, 0x00700081, 0x00700082, 0x00700083, 0x00700084
_ROTATION, _FLIP, _LUT_SHAPE = 0x00700042, 0x00700041, 0x20500020
_SERIES, _SERIES_INSTANCE_UID = 0x00081115, 0x0020000E
_IMAGES, _CLASS, _INSTANCE, _FRAMES = 0x00081140, 0x00081150, 0x00081155, 0x00081160
_VOI_LUTS, _CENTER, _WIDTH, _EXPLANATION, _FUNCTION = 0x00283110, 0x00281050, 0x00281051, 0x00281055, 0x00281056
_LUTS, _LUT_EXPLANATION = 0x00283010, 0x00283003
_LAYERS, _LAYER, _ORDER, _LAYER_DESCRIPTION = 0x00700060, 0x00700002, 0x00700062, 0x00700068
_ANNOTATIONS, _TEXTS, _TEXT = 0x00700001, 0x00700008, 0x00700006
_GRAPHICS, _GRAPHIC_TYPE = 0x00700009, 0x00700023
_BLENDED: Final = 0x00700402


def state_tables(attributes: Attributes, language: Language) -> tuple[Table, ...]:
    """Return the tables of a presentation state.

    Args:
        attributes: of the data set.
        language: of our own words.
    """
    cells = Cells(attributes, language)
    flip = cells.value(attributes, _FLIP)
    rotation = cells.value(attributes, _ROTATION)
    facts = cells.facts(
        "presentation state",
        (
            ("label", cells.value(attributes, _LABEL)),
            ("study description", cells.value(attributes, _DESCRIPTION)),
            ("study date", cells.joined(attributes, _DATE, _TIME)),
            ("author", cells.value(attributes, _CREATOR)),
            ("rotation", f"{rotation} deg" if rotation not in ("", "0") else ""),
            ("flip", flip if flip != "N" else ""),
            ("presentation lut", cells.value(attributes, _LUT_SHAPE)),
        ),
    )
    head = ("kind", "object", "frames", "series")
    images = cells.table("referenced images", head, _images(attributes, cells))
    makers = (_windows, _layers, _words)
    return tuple(chain(facts, images, *(make(attributes, cells) for make in makers)))


def _images(attributes: Attributes, cells: Cells) -> Iterator[list[str]]:
    holders = chain((attributes,), attributes.items(_BLENDED))
    for series in (series for holder in holders for series in holder.items(_SERIES)):
        for image in series.items(_IMAGES):
            kind = sop_class_name(image.text(_CLASS)) if _CLASS in image else ""
            yield [
                kind,
                cells.value(image, _INSTANCE),
                cells.value(image, _FRAMES),
                cells.value(series, _SERIES_INSTANCE_UID),
            ]


def _windows(attributes: Attributes, cells: Cells) -> Iterator[Table]:
    holders = chain((attributes,), attributes.items(_BLENDED))
    rows = (
        [
            *(cells.value(item, tag) for tag in (_CENTER, _WIDTH, _FUNCTION, _EXPLANATION)),
            "; ".join(cells.value(lut, _LUT_EXPLANATION) or "LUT" for lut in item.items(_LUTS)),
            "; ".join(cells.joined(image, _INSTANCE, _FRAMES, separator=": ") for image in item.items(_IMAGES)),
        ]
        for holder in holders
        for item in holder.items(_VOI_LUTS)
    )
    head = ("center", "width", "function", "explanation", "lookup table", "only for")
    return cells.table("windows", head, rows)


def _layers(attributes: Attributes, cells: Cells) -> Iterator[Table]:
    rows = (
        [cells.value(item, tag) for tag in (_ORDER, _LAYER, _LAYER_DESCRIPTION)] for item in attributes.items(_LAYERS)
    )
    return cells.table("graphic layers", ("order", "layer", "study description"), rows)


def _words(attributes: Attributes, cells: Cells) -> Iterator[Table]:
    """Yield what is written and drawn on the images."""
    rows = (
        [
            cells.value(annotation, _LAYER),
            "; ".join(filter(None, (cells.value(text, _TEXT) for text in annotation.items(_TEXTS)))),
            ", ".join(filter(None, (cells.value(graphic, _GRAPHIC_TYPE) for graphic in annotation.items(_GRAPHICS)))),
        ]
        for annotation in attributes.items(_ANNOTATIONS)
    )
    return cells.table("annotations", ("layer", "text", "graphics"), rows)
