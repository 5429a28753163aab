"""Which media types objects of a category can be had in: computed from what is asked when a request is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.dicom.encapsulated_document import NATIVE_TYPES
from openwado.dicom.video_codecs import which_types
from openwado.documents import MADE_OF_ENCAPSULATED, REPORT_TYPES, TREE_TYPES, WAVEFORM_TYPES
from openwado.produce import image_types
from openwado.protocol.category import ObjectCategory
from openwado.protocol.media import DICOM, MEDIA_TYPES, default_media_type

if TYPE_CHECKING:
    from openwado.statement.situation import Situation
    from openwado.statement.wording import Wording

#: Columns of the table.
CATEGORIES: Final = tuple(ObjectCategory)

#: A transfer syntax of each codec of video.
_VIDEO_SYNTAXES: Final = tuple(f"1.2.840.10008.1.2.4.{number}" for number in (100, 102, 107))


def types_of(category: ObjectCategory, situation: Situation) -> dict[str, str]:
    """Return the media types of a category, each with when it can be had: always, "own", "waveforms" or "stored".

    Args:
        category: of objects, as requests address them.
        situation: of the server.
    """
    if category is ObjectCategory.SR:
        return dict.fromkeys(REPORT_TYPES, "always")
    if category is ObjectCategory.ENCAPSULATED:
        own = dict.fromkeys(sorted(set(NATIVE_TYPES.values())), "own")
        made = {made: "some" for types in MADE_OF_ENCAPSULATED.values() for made in types}
        return {DICOM: "always"} | made | own
    if category is ObjectCategory.OTHER:
        return dict.fromkeys(WAVEFORM_TYPES, "waveforms") | dict.fromkeys(TREE_TYPES, "always")
    found = dict.fromkeys(image_types(category, situation.video_types, is_video=False), "always")
    if category is ObjectCategory.VIDEO:
        stored = (media_type for syntax in _VIDEO_SYNTAXES for media_type in which_types(syntax))
        found = dict.fromkeys(stored, "stored") | found
    return found


def media_type_rows(words: Wording, situation: Situation) -> list[tuple[str, ...]]:
    """Return a row for each media type: that it is the default of a category, when it can be had, or that it cannot."""
    by_category = {category: types_of(category, situation) for category in CATEGORIES}
    named = [row.name for row in MEDIA_TYPES]
    rows = []
    for name in (*named, *additional_types(situation)):
        cells = [
            words("media.default")
            if default_media_type(category) == name
            else words(f"media.{types[name]}")
            if name in types
            else "-"
            for category, types in by_category.items()
        ]
        rows.append((name, *cells))
    return rows


def additional_types(situation: Situation) -> tuple[str, ...]:
    """Return the media types that no table of the standard names."""
    named = {row.name for row in MEDIA_TYPES}
    found = (name for category in CATEGORIES for name in types_of(category, situation))
    return tuple(sorted(set(found) - named))
