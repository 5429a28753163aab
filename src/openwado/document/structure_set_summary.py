"""What a structure set holds: its regions of interest and their contours (PS3.3 C.8.8.5, C.8.8.6, C.8.8.8)."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Final

from openwado.document.summary_cells import Cells, by_number

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.document.labels import Language
    from openwado.document.model import Table

_LABEL, _NAME, _DESCRIPTION, _DATE, _TIME = 0x30060002, 0x30060004, 0x30060006, 0x30060008, 0x30060009
_APPROVAL, _REVIEW_DATE, _REVIEWER = 0x300E0002, 0x300E0004, 0x300E0008
_ROIS, _ROI_NUMBER, _ROI_NAME, _ROI_VOLUME, _ALGORITHM = 0x30060020, 0x30060022, 0x30060026, 0x3006002C, 0x30060036
_ROI_CONTOURS, _REFERENCED_ROI, _CONTOURS, _GEOMETRIC_TYPE, _POINTS = (
    *(0x30060039, 0x30060084, 0x30060040, 0x30060042),
    0x30060046,
)
_COLOR: Final = 0x3006002A
_OBSERVATIONS, _INTERPRETED_TYPE = 0x30060080, 0x300600A4


def structure_set_tables(attributes: Attributes, language: Language) -> tuple[Table, ...]:
    """Return the tables of a structure set.

    Args:
        attributes: of the data set.
        language: of our own words.
    """
    cells = Cells(attributes, language)
    facts = cells.facts(
        "structure set",
        (
            ("label", cells.value(attributes, _LABEL)),
            ("name", cells.value(attributes, _NAME)),
            ("study description", cells.value(attributes, _DESCRIPTION)),
            ("study date", cells.joined(attributes, _DATE, _TIME)),
            ("approval", cells.joined(attributes, _APPROVAL, _REVIEW_DATE, _REVIEWER)),
        ),
    )
    contours = by_number(attributes.items(_ROI_CONTOURS), _REFERENCED_ROI)
    observations = by_number(attributes.items(_OBSERVATIONS), _REFERENCED_ROI)
    rows = (_region(roi, contours, observations, cells) for roi in attributes.items(_ROIS))
    head = ("number", "name of region", "type", "contours", "points", "shape", "volume", "algorithm", "color")
    return tuple(chain(facts, cells.table("regions", head, rows)))


def _region(
    roi: Attributes, contours: dict[int, Attributes], observations: dict[int, Attributes], cells: Cells
) -> list[str]:
    number = roi.integer_string(_ROI_NUMBER)
    drawn = contours.get(number) if number is not None else None
    observed = observations.get(number) if number is not None else None
    count, points, shapes = _drawn(drawn)
    return [
        cells.value(roi, _ROI_NUMBER),
        cells.value(roi, _ROI_NAME),
        cells.value(observed, _INTERPRETED_TYPE),
        str(count),
        str(points) if points else "",
        shapes,
        cells.value(roi, _ROI_VOLUME),
        cells.value(roi, _ALGORITHM),
        cells.value(drawn, _COLOR),
    ]


def _drawn(roi_contour: Attributes | None) -> tuple[int, int, str]:
    """Return how many contours there are, how many points they say they have, and of which geometric types they are."""
    types: Counter[str] = Counter()
    points = 0
    for contour in roi_contour.items(_CONTOURS) if roi_contour is not None else ():
        types[contour.text(_GEOMETRIC_TYPE)] += 1
        points += max(0, contour.integer_string(_POINTS) or 0)
    return types.total(), points, ", ".join(sorted(filter(None, types)))
