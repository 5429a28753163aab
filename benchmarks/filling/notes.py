"""Made-up file notes, shaped like a CT archive, as reading the files would have given them."""

from __future__ import annotations

import random
import uuid
from typing import TYPE_CHECKING, NamedTuple

from openwado.archive.index import FileNote
from openwado.dicom.image_pixel import ImagePixel
from openwado.dicom.instance import ContentFacts, Description, FrameEntry, Instance, PixelLocation, Reading, Stamp
from openwado.dicom.picture_record import FrameAttributes, Picture, StoredWindow

if TYPE_CHECKING:
    from collections.abc import Iterator

SERIES_LENGTH = 50
STUDY_LENGTH = 200
FRAMES = 1000
#: One object in so many has frames of its own.
WITH_FRAMES = 1000

MODIFIED = 1_735_000_000_000_000_000
INODE = 10_000_000

_SEED = 20_250_101
_SHORTEST = 10**38  # random numbers of 39 digits only, so that all rows have one length

_PICTURE = Picture(
    image_pixel=ImagePixel(512, 512, 1, "MONOCHROME2", 16, 12, 11, 0, 0, 1, "PixelData"),
    frame_attributes=FrameAttributes(1.0, -1024.0, None, (StoredWindow(40.0, 400.0), StoredWindow(-600.0, 1600.0))),
    padding=(63536, 63536),
    presentation_lut_shape="",
    pixel_aspect=(0.703125, 0.703125),
    modality="CT",
)
_ENTRIES = tuple(FrameEntry(4096 + 50_000 * number, 49_992) for number in range(FRAMES))


class Uids(NamedTuple):
    """Those of one object, and its number, from 0."""

    number: int
    study: str
    series: str
    instance: str


def uids(kind: str) -> Iterator[Uids]:
    """Give the UIDs of one object after the other, without end: "counted" by devices, or "random"."""
    following = _random_uids() if kind == "random" else _counted_uids()
    study = series = ""
    number = 0
    while True:
        if number % STUDY_LENGTH == 0:
            study = next(following)
        if number % SERIES_LENGTH == 0:
            series = next(following)
        yield Uids(number, study, series, next(following))
        number += 1


def _random_uids() -> Iterator[str]:
    """Give UIDs made of 128 random bits (PS3.5 B.2)."""
    source = random.Random(_SEED)  # noqa: S311 -- made-up UIDs need be distinct, not secret
    while True:
        number = uuid.UUID(int=source.getrandbits(128), version=4).int
        if number >= _SHORTEST:
            yield f"2.25.{number}"


def _counted_uids() -> Iterator[str]:
    """Give UIDs as devices make them: a root, and numbers that grow; one of three devices at a time."""
    made = 0
    while True:
        made += 1
        yield f"1.2.840.113619.2.55.{made // STUDY_LENGTH % 3 + 3}.604.1735000.{made + 10**9}"


def note(of: Uids) -> FileNote:
    """Return what reading a CT slice of ours would have given."""
    number, study = of.number, of.number // STUDY_LENGTH
    key = f"/srv/dicom/2025/{study:06d}/{number // SERIES_LENGTH:07d}/IM{number:08d}.dcm"
    stamp = Stamp(527_412, MODIFIED + number, MODIFIED + number, INODE + number)
    instance = Instance(
        study_instance_uid=of.study,
        series_instance_uid=of.series,
        sop_instance_uid=of.instance,
        sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        family="image",
        number_of_frames=1,
        time_based=False,
        key=key,
        stamp=stamp,
        version=f"{number:032x}",
        dataset_offset=354,
        part10=True,
        pixels=PixelLocation(
            encapsulated=False, offset=3124, length=524_288, swap=1, element_offset=3112, tail_offset=527_412
        ),
        picture=_PICTURE,
        specific_character_set=("ISO_IR 100",),
    )
    description = Description(
        patient_name=f"Example^Person {study:06d}",
        patient_id=f"{study:08d}",
        patient_birth_date="19600101",
        patient_sex="O",
        study_date=f"20{study % 25:02d}0{study % 9 + 1}15",
        study_time="101112",
        study_description="CT Thorax",
        accession_number=f"A{study:06d}",
        modality="CT",
        series_number=number // SERIES_LENGTH % 4,
        series_description="Axial 1 mm",
        instance_number=number % SERIES_LENGTH + 1,
    )
    facts = ContentFacts(has_pixels=True, has_encapsulated_document=False, is_structured_report=False)
    frames = _ENTRIES if number % WITH_FRAMES == 0 else ()
    return FileNote(key, stamp, "indexed", "", Reading(instance, description, facts, frames), of.instance)
