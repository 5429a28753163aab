"""Whether and where somebody may be named in the pixels themselves (PS3.15 E.3.1; AN-6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.dicom import image_pixel_tags as tags
from openwado.dicom.parts import Cleaning
from openwado.errors import Forbidden

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.deidentification import BurnedInRule, Deidentification
    from openwado.dicom.parts import Rectangle

_SOP_CLASS, _IMAGE_TYPE, _MODALITY = 0x00080016, 0x00080008, 0x00080060
_MANUFACTURER, _MODEL = 0x00080070, 0x00081090
_BURNED_IN_ANNOTATION: Final = 0x00280301
_SPECIMEN_LABEL_IN_IMAGE: Final = 0x00480010
_ULTRASOUND_REGIONS: Final = 0x00186011
#: Left, top, right and bottom of a region, the last two inside of it (PS3.3 C.8.5.5.1.2).
_REGION_EDGES: Final = (0x00186018, 0x0018601A, 0x0018601C, 0x0018601E)

#: Modalities whose images often have text in them.
MODALITIES_WITH_TEXT: Final = frozenset({"US", "ES", "XC", "GM", "OT", "DOC", "SC", "OP", "IVUS", "HD", "FID"})
_STORAGE: Final = "1.2.840.10008.5.1.4.1.1."
#: SOP Classes likewise: ultrasound, secondary capture, visible light photographs and videos, digitised film.
_SOP_CLASSES: Final = frozenset(
    _STORAGE + number
    for number in (
        *("3", "3.1", "6", "6.1", "6.2", "7", "7.1", "7.2", "7.3", "7.4"),
        *("77.1.1", "77.1.1.1", "77.1.2", "77.1.2.1", "77.1.4", "77.1.4.1"),
    )
)
#: Values of Image Type that tell of a picture of a screen or of a label (PS3.3 C.7.6.1.1.2, C.8.12.4.1.1).
_SCREENS: Final = frozenset({"SECONDARY", "SCREEN SAVE", "SCREENSAVE", "LABEL", "OVERVIEW"})
#: More regions than any device has are not looked at one by one.
_REGIONS_MAX: Final = 64


def cleaning_of(attributes: Attributes, deidentification: Deidentification) -> Cleaning:
    """Return what of an image's pixels must go.

    Burned In Annotation NO: nothing. YES, a specimen label in the image, or nothing said of an image of a kind that
    often has text: what the first fitting rule says, else all outside the regions of an ultrasound image, unless they
    leave nothing out. Other images have none.

    Args:
        attributes: of the image.
        deidentification: with its rules.

    Raises:
        Forbidden: there may be text, and nothing says where.
    """
    said = attributes.text(_BURNED_IN_ANNOTATION)
    said = "YES" if "YES" in (said.upper(), attributes.text(_SPECIMEN_LABEL_IN_IMAGE).upper()) else said
    if said == "NO":  # to the letter: what is written otherwise says nothing
        return Cleaning()
    rule = next((rule for rule in deidentification.rules if _fits(rule, attributes)), None)
    if rule is not None:
        return Cleaning(blackout=tuple((x, y, x + width, y + height) for x, y, width, height in rule.rectangles))
    if said != "YES" and not _often_has_text(attributes):
        return Cleaning()
    regions = _ultrasound_regions(attributes)
    if regions and not _cover(regions, attributes.integer(tags.ROWS) or 0, attributes.integer(tags.COLUMNS) or 0):
        return Cleaning(keep=regions)
    reason = "says that" if said == "YES" else "is of a kind where it may be that"
    raise Forbidden(
        f"This image {reason} text is burned into its pixels, and nothing says where, so it cannot be anonymized "
        "safely. The server's administrator can say where such images have text (setting burned_in_rules).",
        parameter="anonymize",
    )


def _often_has_text(attributes: Attributes) -> bool:
    image_type = {value.upper() for value in attributes.texts(_IMAGE_TYPE)}
    return (
        attributes.text(_MODALITY).upper() in MODALITIES_WITH_TEXT
        or not attributes.text(_MODALITY)
        or attributes.text(_SOP_CLASS) in _SOP_CLASSES
        or not _SCREENS.isdisjoint(image_type)
    )


def _fits(rule: BurnedInRule, attributes: Attributes) -> bool:
    texts = (
        (rule.modality, _MODALITY),
        (rule.manufacturer, _MANUFACTURER),
        (rule.model, _MODEL),
        (rule.sop_class_uid, _SOP_CLASS),
    )
    numbers = ((rule.rows, tags.ROWS), (rule.columns, tags.COLUMNS))
    return all(not said or said.casefold() == attributes.text(tag).casefold() for said, tag in texts) and all(
        not said or said == attributes.integer(tag) for said, tag in numbers
    )


def _ultrasound_regions(attributes: Attributes) -> tuple[Rectangle, ...]:
    found: list[Rectangle] = []
    for item in attributes.items(_ULTRASOUND_REGIONS):
        left, top, right, bottom = (item.integer(tag) for tag in _REGION_EDGES)
        if left is None or top is None or right is None or bottom is None or right < left or bottom < top:
            continue
        found.append((left, top, right + 1, bottom + 1))
    return tuple(found)


def _cover(regions: tuple[Rectangle, ...], rows: int, columns: int) -> bool:
    """Say whether nothing of an image lies outside its regions: they then do not tell where its text is."""
    if len(regions) > _REGIONS_MAX:
        return True
    lefts = {0, *(x for region in regions for x in region[::2] if 0 <= x < columns)}
    tops = {0, *(y for region in regions for y in region[1::2] if 0 <= y < rows)}
    return all(
        any(left <= x < right and top <= y < bottom for left, top, right, bottom in regions)
        for x in lefts
        for y in tops
    )
