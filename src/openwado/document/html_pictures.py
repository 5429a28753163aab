"""Objects that a report refers to, as HTML: small pictures with outlines, links, or what they are (REQ-TXT-4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.dicom.formatting import sop_class_name
from openwado.document.addresses import THUMBNAIL, object_address, picture_address
from openwado.document.html_text import escaped
from openwado.document.outline import outline_svg

if TYPE_CHECKING:
    from openwado.document.html_text import Words
    from openwado.document.model import Coordinates, Place, Reference


def picture(words: Words, reference: Reference, caption: str, outlines: list[Coordinates]) -> str:
    """Return a figure of a referenced object; where it cannot be shown, words and a link.

    Args:
        words: writes texts.
        reference: what is referred to.
        caption: HTML.
        outlines: coordinates on it.
    """
    place = words.document.references.get(reference.sop_instance_uid)
    said = f"{caption} {details(words, reference, place)}".strip()
    if place is None or not place.drawn:
        return f"<span>{said}</span>"
    address = escaped(picture_address(words.document, place, reference, small=False))
    small = escaped(picture_address(words.document, place, reference, small=True))
    shown = [outline for outline in outlines if not outline.is_in_matrix]
    drawn = outline_svg(shown, place.rows, place.columns) if shown and place.rows and place.columns else ""
    size = _size(place)
    return (
        f'<figure><a href="{address}" class=picture><img src="{small}" alt="{words.label("image")}"'
        f"{size} loading=lazy>{drawn}</a><figcaption>{said}</figcaption></figure>"
    )


def _size(place: Place) -> str:
    """Return width and height of a small picture, so that nothing moves when it arrives."""
    longest = max(place.rows, place.columns)
    if not longest or not min(place.rows, place.columns):
        return ""
    scale = THUMBNAIL / longest
    return f' width="{max(1, round(place.columns * scale))}" height="{max(1, round(place.rows * scale))}"'


def details(words: Words, reference: Reference, place: Place | None) -> str:
    """Return which object a reference means: its kind, frames, segments and channels, its UID, and a link."""
    kind = sop_class_name(reference.sop_class_uid) if reference.sop_class_uid else ""
    said = [escaped(kind)] if kind else []
    if kind == reference.sop_class_uid != "":  # no kind that anybody knows
        said = [f"{words.label('object')}<span class=code> {escaped(kind)}</span>"]
    if reference.frames:
        said.append(f"{words.label('frame')} {', '.join(map(str, reference.frames))}")
    if reference.segments:
        said.append(f"{words.label('segment')} {', '.join(map(str, reference.segments))}")
    if reference.channels:
        said.append(f"{words.label('channel')} {', '.join(f'{group}/{one}' for group, one in reference.channels)}")
    if reference.presentation_state:
        state = f"<span class=code> {escaped(reference.presentation_state)}</span>"
        said.append(f"{words.label('presentation state')}{state}")
    uid = escaped(reference.sop_instance_uid)
    if place is not None and place.here:
        media_type = "image/jpeg" if place.drawn else place.media_type
        address = (
            picture_address(words.document, place, reference, small=False)
            if place.drawn
            else object_address(place, reference, media_type)
        )
        said.append(f'<a href="{escaped(address)}">{words.label("open")}</a>')
    else:
        said.append(f"<span class=soft>{words.label('not here')}</span>")
    return f"{', '.join(said)} <span class=code>{uid}</span>"
