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
    from openwado.server.page_wording import Wording

#: Larger pictures are asked for in this size; the whole one is a link away.
SCREEN = 1600
#: Windows for CT, in Hounsfield units: what they are called (keys of the words), center, width.
CT_WINDOWS = (
    ("brain", 40, 80),
    ("soft tissue", 40, 400),
    ("lung", -600, 1500),
    ("bone", 600, 2800),
)
#: What a link to all frames is called: a key of the words, and a name.
MOVING_WORDS = {
    "image/gif": ("animated gif", ""),
    "image/apng": ("animated png", ""),
    "video/mp4": ("video", "MP4"),
    "video/mpeg": ("video", "MPEG-2"),
    "video/H265": ("video", "HEVC"),
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


def view_of(say: Wording, links: Links, origin: str, row: InstanceRow, frame_number: int) -> ObjectView:
    """Gather what the page shows.

    Args:
        say: the words of the page.
        links: of the request.
        origin: scheme and authority of the request, for addresses to copy.
        row: the object.
        frame_number: the frame to show, from 1.
    """
    instance, description = row.instance, row.description
    frame = frame_of(instance, frame_number)
    kind = formatting.sop_class_name(instance.sop_class_uid)
    alternative = words_for(say, description, kind)
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
        downloads=_downloads(say, links, instance, frame),
        variants=_variants(say, links, instance, frame) if drawn else [],
        facts=_facts(say, instance, description),
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


def _downloads(say: Wording, links: Links, instance: Instance, frame: int | None) -> list[tuple[str, str]]:
    """Return a link for each media type, and one for the object in the transfer syntax that it is stored in."""
    if not can_be_asked_for(instance):
        return []
    found = []
    for media_type in media_types(instance, frame):
        is_picture = media_type.startswith("image/")
        address = links.wado(instance, media_type, frame_number=frame if is_picture else None)
        found.append((words.media_type_word(say, media_type), address))
    if instance.number_of_frames > 1:
        moving = [name for name in media_types(instance) if name in MOVING_WORDS]
        found += [(_moving_words(say, name), links.wado(instance, name)) for name in moving]
    stored = links.wado(instance, "application/dicom", transferSyntax="*")
    return [*found, (say("dicom as stored"), stored)]


def _moving_words(say: Wording, media_type: str) -> str:
    key, name = MOVING_WORDS[media_type]
    return say(key, name=name) if name else say(key)


def _variants(say: Wording, links: Links, instance: Instance, frame: int | None) -> list[Variant]:
    """Return examples of what the parameters of WADO do, fit for this object."""
    wishes: list[tuple[str, dict[str, str | int]]] = [("thumbnail", dict(SMALL))]
    wishes += [
        (name, {"windowCenter": words.decimal(center), "windowWidth": words.decimal(width)})
        for name, center, width in _windows(instance.picture)
    ]
    wishes += [("with words", {"annotation": "patient,technique"})]
    wishes += [("middle part", {"region": "0.25,0.25,0.75,0.75"}), ("low quality", {"imageQuality": 10})]
    return [
        Variant(
            name=say(name),
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
        ("more contrast", stored.center, max(1.0, stored.width / 2)),
        ("less contrast", stored.center, stored.width * 2),
    ]


def _facts(say: Wording, instance: Instance, description: Description) -> Facts:
    """Return the attributes that matter, in groups; empty ones left out."""
    name = formatting.person_name(description.patient_name)
    groups: Facts = [
        (
            say("patient"),
            [
                (say("name"), name.whole),
                (say("id"), description.patient_id),
                (say("born"), say.date(description.patient_birth_date)),
                (say("sex"), say.sex(description.patient_sex)),
            ],
        ),
        (
            say("study"),
            [
                (
                    say("date"),
                    f"{say.date(description.study_date)} {formatting.time(description.study_time)}".strip(),
                ),
                (say("description"), description.study_description),
                (say("accession number"), description.accession_number),
                (say("series"), _series_words(description)),
            ],
        ),
        (say("picture"), _picture_facts(say, instance, instance.picture) if instance.picture else []),
        (say("object"), _object_facts(say, instance, description)),
    ]
    return [(heading, kept) for heading, facts in groups if (kept := [fact for fact in facts if fact[1]])]


def _series_words(description: Description) -> str:
    number = "" if description.series_number is None else f"{description.series_number}"
    return " \N{MIDDLE DOT} ".join(
        part for part in (number, description.modality, description.series_description) if part
    )


def _picture_facts(say: Wording, instance: Instance, picture: Picture) -> list[tuple[str, str]]:
    pixel, shown = picture.image_pixel, picture.frame_attributes
    windows = "; ".join(f"{words.decimal(one.center)} / {words.decimal(one.width)}" for one in shown.windows)
    bits = "bits of signed" if pixel.pixel_representation else "bits of"
    rescale = ""
    if shown.rescale_slope is not None:
        slope, intercept = words.decimal(shown.rescale_slope), words.decimal(shown.rescale_intercept)
        rescale = say("rescale values", slope=slope, intercept=intercept)
    return [
        (say("rows columns"), f"{pixel.rows} \N{MULTIPLICATION SIGN} {pixel.columns}"),
        (say("frames"), f"{instance.number_of_frames}" if instance.number_of_frames > 1 else ""),
        (say("photometric"), pixel.photometric_interpretation),
        (say("bits"), say(bits, stored=pixel.bits_stored, allocated=pixel.bits_allocated)),
        (say("window"), windows),
        (say("rescale"), rescale),
        (say("lossy"), say("yes") if picture.lossy else ""),
    ]


def _object_facts(say: Wording, instance: Instance, description: Description) -> list[tuple[str, str]]:
    number = "" if description.instance_number is None else f"{description.instance_number}"
    return [
        (say("number"), number),
        (say("sop class"), formatting.sop_class_name(instance.sop_class_uid)),
        (say("transfer syntax"), words.transfer_syntax_name(instance.transfer_syntax_uid)),
        (say("character set"), "\\".join(instance.specific_character_set)),
        (say("size"), words.size(say, instance.stamp.size)),
        (say("study uid"), instance.study_instance_uid),
        (say("series uid"), instance.series_instance_uid),
        (say("object uid"), instance.sop_instance_uid),
    ]
