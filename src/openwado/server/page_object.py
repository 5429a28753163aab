"""The facts that the page of one object tells: the attributes that matter, in groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.dicom import formatting
from openwado.server import page_words as words

if TYPE_CHECKING:
    from openwado.dicom.instance import Description, Instance
    from openwado.dicom.picture_record import Picture
    from openwado.server.page_wording import Wording

Facts = list[tuple[str, list[tuple[str, str]]]]


def facts_of(say: Wording, instance: Instance, description: Description) -> Facts:
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
