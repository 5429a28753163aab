"""What the page of one object says about it: its facts, its addresses, and other ways to see it."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openwado.dicom import formatting
from openwado.render.viewport import fitted_size, vertical_stretch
from openwado.server import page_words as words
from openwado.server.page_cine import cine_of
from openwado.server.page_tiles import (
    THUMBNAIL,
    can_be_asked_for,
    can_be_drawn,
    document_type,
    frame_of,
    media_types,
    words_for,
)

if TYPE_CHECKING:
    from openwado.archive.index import InstanceRow
    from openwado.dicom.instance import Description, Instance
    from openwado.dicom.picture_record import Picture
    from openwado.server.page_cine import Cine
    from openwado.server.page_links import Links

#: Larger pictures are asked for in this size; the whole one is a link away.
SCREEN = 1600
#: Windows for CT, in Hounsfield units: name, center, width.
CT_WINDOWS = (
    ("Brain", 40, 80),
    ("Soft tissue", 40, 400),
    ("Lung", -600, 1500),
    ("Bone", 600, 2800),
)
#: What a link to all frames is called.
MOVING_WORDS = {
    "image/gif": "Animated GIF",
    "image/apng": "Animated PNG",
    "video/mp4": "Video, MP4",
    "video/mpeg": "Video, MPEG-2",
    "video/H265": "Video, HEVC",
}
SMALL = {"rows": THUMBNAIL, "columns": THUMBNAIL}
#: Photometric interpretations that windows act on.
GREY = ("MONOCHROME1", "MONOCHROME2")

Facts = list[tuple[str, list[tuple[str, str]]]]


@dataclass(frozen=True, slots=True)
class Variant:
    """The same picture, asked for differently: its name, the parameters that make it, and two addresses."""

    name: str
    parameters: list[str]
    address: str
    thumbnail: str


@dataclass(frozen=True, slots=True)
class ObjectView:
    """All that the page of one object shows.

    Attributes:
        title: what the object is.
        alternative: the same for `alt`.
        picture: WADO URL of the big picture, "" where it cannot be drawn.
        cine: how to play it, None where it does not move.
        document: WADO URL of what it says, "" where it says nothing to people.
        width: of the big picture, pixels, before it is fitted to the screen; so is height.
        height: see width.
        frame_number: the frame shown, None for objects of one frame or none.
        number_of_frames: of the object.
        address: absolute WADO URL to copy, "" where no request can name the object.
        embed: HTML to copy, "" where it cannot be drawn.
        downloads: name and WADO URL of everything that the object can be had as.
        variants: other ways to see it.
        facts: headings, and names and values below them.
    """

    title: str
    alternative: str
    picture: str
    document: str
    cine: Cine | None
    width: int
    height: int
    frame_number: int | None
    number_of_frames: int
    address: str
    embed: str
    downloads: list[tuple[str, str]]
    variants: list[Variant]
    facts: Facts


def view_of(links: Links, origin: str, row: InstanceRow, frame_number: int) -> ObjectView:
    """Gather what the page shows.

    Args:
        links: of the request.
        origin: scheme and authority of the request, for addresses to copy.
        row: the object.
        frame_number: the frame to show, from 1.
    """
    instance, description = row.instance, row.description
    frame = frame_of(instance, frame_number)
    kind = formatting.sop_class_name(instance.sop_class_uid)
    alternative = words_for(description, kind)
    drawn = can_be_drawn(instance)
    box, (width, height) = _screen_box(instance.picture) if drawn else ({}, (0, 0))
    shown_as = "image/jpeg" if drawn else document_type(instance) or "application/dicom"
    address = links.wado(instance, shown_as, frame_number=frame if drawn else None)
    picture = links.wado(instance, "image/jpeg", frame_number=frame, **box) if drawn else ""
    return ObjectView(
        title=kind,
        alternative=alternative,
        picture=picture,
        cine=cine_of(links, instance) if drawn else None,
        document="" if drawn or not document_type(instance) else address,
        width=width,
        height=height,
        frame_number=frame,
        number_of_frames=instance.number_of_frames,
        address=origin + address if can_be_asked_for(instance) else "",
        embed=_embed(origin + picture, alternative, width, height) if drawn else "",
        downloads=_downloads(links, instance, frame),
        variants=_variants(links, instance, frame) if drawn else [],
        facts=_facts(instance, description),
    )


def _screen_box(picture: Picture | None) -> tuple[dict[str, int], tuple[int, int]]:
    """Return the rows and columns to ask for, if any, and the width and height that come of it (RR-22)."""
    if picture is None:
        return {}, (0, 0)
    rows, columns = picture.image_pixel.rows, picture.image_pixel.columns
    stretch = vertical_stretch(picture.pixel_aspect)
    longest = max(math.ceil(rows * stretch), columns)
    if stretch == 1 and longest <= SCREEN:
        return {}, (columns, rows)
    side = min(longest, SCREEN)
    height, width = fitted_size(rows, columns, side, side, stretch)
    return {"rows": side, "columns": side}, (width, height)


def _embed(address: str, alternative: str, width: int, height: int) -> str:
    source, text = html.escape(address), html.escape(alternative)
    return f'<img src="{source}" alt="{text}" width="{width}" height="{height}" loading="lazy">'


def _downloads(links: Links, instance: Instance, frame: int | None) -> list[tuple[str, str]]:
    """Return a link for each media type, and one for the object in the transfer syntax that it is stored in."""
    if not can_be_asked_for(instance):
        return []
    found = []
    for media_type in media_types(instance, frame):
        is_picture = media_type.startswith("image/")
        address = links.wado(instance, media_type, frame_number=frame if is_picture else None)
        found.append((words.media_type_word(media_type), address))
    if instance.number_of_frames > 1:
        moving = [name for name in media_types(instance) if name in MOVING_WORDS]
        found += [(MOVING_WORDS[name], links.wado(instance, name)) for name in moving]
    stored = links.wado(instance, "application/dicom", transferSyntax="*")
    return [*found, ("DICOM, as stored", stored)]


def _variants(links: Links, instance: Instance, frame: int | None) -> list[Variant]:
    """Return examples of what the parameters of WADO do, fit for this object."""
    wishes: list[tuple[str, dict[str, str | int]]] = [("Thumbnail", dict(SMALL))]
    wishes += [
        (name, {"windowCenter": words.decimal(center), "windowWidth": words.decimal(width)})
        for name, center, width in _windows(instance.picture)
    ]
    wishes += [("With words", {"annotation": "patient,technique"})]
    wishes += [("Middle part", {"region": "0.25,0.25,0.75,0.75"}), ("Low quality", {"imageQuality": 10})]
    return [
        Variant(
            name=name,
            parameters=[f"{key}={value}" for key, value in wish.items()],
            address=links.wado(instance, "image/jpeg", frame_number=frame, **wish),
            thumbnail=links.wado(instance, "image/jpeg", frame_number=frame, **(wish | SMALL)),
        )
        for name, wish in wishes
    ]


def _windows(picture: Picture | None) -> list[tuple[str, float, float]]:
    """Return windows worth trying: the usual ones for CT, else narrower and wider ones than the stored."""
    if picture is None or picture.image_pixel.photometric_interpretation not in GREY:
        return []
    if picture.modality == "CT":
        return list(CT_WINDOWS)
    if not picture.frame_attributes.windows or picture.frame_attributes.voi_luts:
        return []
    stored = picture.frame_attributes.windows[0]
    return [
        ("More contrast", stored.center, max(1.0, stored.width / 2)),
        ("Less contrast", stored.center, stored.width * 2),
    ]


def _facts(instance: Instance, description: Description) -> Facts:
    """Return the attributes that matter, in groups; empty ones left out."""
    name = formatting.person_name(description.patient_name)
    groups: Facts = [
        (
            "Patient",
            [
                ("Name", name.whole),
                ("ID", description.patient_id),
                ("Born", formatting.date(description.patient_birth_date)),
                ("Sex", words.sex(description.patient_sex)),
            ],
        ),
        (
            "Study",
            [
                (
                    "Date",
                    f"{formatting.date(description.study_date)} {formatting.time(description.study_time)}".strip(),
                ),
                ("Description", description.study_description),
                ("Accession number", description.accession_number),
                ("Series", _series_words(description)),
            ],
        ),
        ("Picture", _picture_facts(instance, instance.picture) if instance.picture else []),
        ("Object", _object_facts(instance, description)),
    ]
    return [(heading, kept) for heading, facts in groups if (kept := [fact for fact in facts if fact[1]])]


def _series_words(description: Description) -> str:
    number = "" if description.series_number is None else f"{description.series_number}"
    return " \N{MIDDLE DOT} ".join(
        part for part in (number, description.modality, description.series_description) if part
    )


def _picture_facts(instance: Instance, picture: Picture) -> list[tuple[str, str]]:
    pixel, shown = picture.image_pixel, picture.frame_attributes
    windows = "; ".join(f"{words.decimal(one.center)} / {words.decimal(one.width)}" for one in shown.windows)
    rescale = ""
    if shown.rescale_slope is not None:
        rescale = f"slope {words.decimal(shown.rescale_slope)}, intercept {words.decimal(shown.rescale_intercept)}"
    return [
        ("Rows \N{MULTIPLICATION SIGN} columns", f"{pixel.rows} \N{MULTIPLICATION SIGN} {pixel.columns}"),
        ("Frames", f"{instance.number_of_frames}" if instance.number_of_frames > 1 else ""),
        ("Photometric interpretation", pixel.photometric_interpretation),
        ("Bits", f"{pixel.bits_stored} of {pixel.bits_allocated}" + (", signed" if pixel.pixel_representation else "")),
        ("Window center / width", windows),
        ("Rescale", rescale),
        ("Lossy compression", "yes" if picture.lossy else ""),
    ]


def _object_facts(instance: Instance, description: Description) -> list[tuple[str, str]]:
    number = "" if description.instance_number is None else f"{description.instance_number}"
    return [
        ("Number", number),
        ("SOP class", formatting.sop_class_name(instance.sop_class_uid)),
        ("Transfer syntax", words.transfer_syntax_name(instance.transfer_syntax_uid)),
        ("Character set", "\\".join(instance.specific_character_set)),
        ("Size", words.size(instance.stamp.size)),
        ("Study UID", instance.study_instance_uid),
        ("Series UID", instance.series_instance_uid),
        ("Object UID", instance.sop_instance_uid),
    ]
