"""Sections 5.5 to 5.8: how images are drawn, presentation states, words on pictures, and documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.dicom.encapsulated_document import NATIVE_TYPES
from openwado.dicom.frame_timing import DEFAULT_FRAME_MS, LONGEST_MS, SHORTEST_MS
from openwado.dicom.state_kinds import APPLIED, STORAGE
from openwado.documents import MADE_OF_ENCAPSULATED, REPORT_TYPES, TREE_TYPES, WAVEFORM_TYPES
from openwado.protocol.media import DICOM
from openwado.render.corner_text import (
    CAPS_PART,
    HIGHEST,
    LARGEST_CAPS,
    SMALLEST_CAPS,
    SMALLEST_WITH_TECHNIQUE,
    WIDEST,
)
from openwado.render.display_ready import SOP_CLASSES, WithoutVoiLut
from openwado.render.encode import PICTURE_ENCODERS
from openwado.render.rendering_choices import RenderingChoices
from openwado.render.video_codecs import DEFAULT_VIDEO_QUALITY, VIDEO_CODECS
from openwado.statement.kinds import names
from openwado.statement.parts import listing, paragraph, paragraphs, section, table
from openwado.statement.setting_rows import setting_rows

if TYPE_CHECKING:
    from openwado.document.model import Section, Table
    from openwado.statement.situation import Situation
    from openwado.statement.wording import Wording

_STEPS: Final = (
    *("samples", "padding", "modality", "voi", "polarity", "overlays", "shutter", "region", "scale", "annotation"),
    *("color", "icc", "grey", "frame", "timing", "video_stored", "passed_on"),
)
_STATE_STEPS: Final = ("replaces", "order", "grey", "mask", "layers", "area", "blending", "limits")


def rendering(words: Wording, situation: Situation) -> tuple[Section, ...]:
    """Return the sections."""
    return (
        _pictures(words, situation),
        _states(words),
        _annotation(words, situation),
        _documents(words),
    )


def _pictures(words: Wording, situation: Situation) -> Section:
    times = {"default": DEFAULT_FRAME_MS, "shortest": SHORTEST_MS, "longest": LONGEST_MS}
    values = {name: f"{value:g}" for name, value in times.items()}
    return section(
        words,
        "5.5",
        "rendering",
        *paragraphs(words, "rendering", "what"),
        listing(words(f"rendering.{step}", **values) for step in _STEPS),
        table(words, "rendering", "setting in_use default what", _choices(words, situation), "choices"),
        _without_voi_lut(words),
        _encoders(words),
        _video(words, situation),
    )


def _choices(words: Wording, situation: Situation) -> list[tuple[str, ...]]:
    return setting_rows(words, situation, RenderingChoices.__struct_fields__)


def _without_voi_lut(words: Wording) -> Table:
    rows = [
        (words.term(rule.value), ", ".join(names().get(uid, uid) for uid, own in SOP_CLASSES.items() if own is rule))
        for rule in WithoutVoiLut
    ]
    return table(words, "rendering", "without_voi sop_classes", rows, "without_voi")


def _encoders(words: Wording) -> Table:
    rows = [
        (
            media_type,
            words.term(encoder.quality_scale),
            ", ".join(map(str, encoder.bit_depths)),
            str(encoder.longest_side),
            words.yes(is_so=encoder.carries_icc_profile),
        )
        for media_type, encoder in PICTURE_ENCODERS.items()
    ]
    return table(words, "rendering", "media_type quality bits longest_side icc_profile", rows, "encoders")


def _video(words: Wording, situation: Situation) -> Table:
    used = dict(situation.video_encoders)
    rows = [
        (
            codec.media_type,
            codec.encoder,
            f"{codec.most_columns} x {codec.most_rows}",
            str(DEFAULT_VIDEO_QUALITY),
            words.yes(is_so=used.get(codec.media_type) == codec.encoder),
        )
        for codec in VIDEO_CODECS
    ]
    return table(words, "rendering", "media_type encoder largest default_quality used_here", rows, "videos")


def _states(words: Wording) -> Section:
    rows = [
        (name, uid, words("states.applied" if uid in APPLIED else "states.not_applied"))
        for uid, name in names().items()
        if uid.startswith(STORAGE)
    ]
    return section(
        words,
        "5.6",
        "states",
        *paragraphs(words, "states", "what"),
        table(words, "states", "sop_class uid in_use", rows),
        listing(words(f"states.{step}") for step in _STATE_STEPS),
    )


def _annotation(words: Wording, situation: Situation) -> Section:
    is_on = situation.settings.annotation_extensions
    sizes = {
        "part": f"{CAPS_PART:.1%}",
        "smallest": SMALLEST_CAPS,
        "largest": LARGEST_CAPS,
        "widest": f"{WIDEST:.0%}",
        "highest": f"{HIGHEST:.0%}",
        "shortest": SMALLEST_WITH_TECHNIQUE,
    }
    return section(
        words,
        "5.7",
        "annotation",
        listing(words(f"annotation.{key}") for key in ("patient", "technique")),
        paragraph(words("annotation.look", **sizes)),
        paragraph(words("annotation.small", **sizes)),
        *paragraphs(words, "annotation", "on" if is_on else "off", "colors"),
    )


def _documents(words: Wording) -> Section:
    rows = [
        (words("documents.reports"), REPORT_TYPES),
        (words("documents.waveforms"), WAVEFORM_TYPES),
        (words("documents.others"), TREE_TYPES),
        *(
            (words("documents.encapsulated", type=own), (DICOM, own, *MADE_OF_ENCAPSULATED.get(own, ())))
            for own in dict.fromkeys(NATIVE_TYPES.values())
        ),
    ]
    return section(
        words,
        "5.8",
        "documents",
        *paragraphs(words, "documents", "what"),
        table(words, "documents", "kind media_types", [(kind, ", ".join(types)) for kind, types in rows]),
        *paragraphs(words, "documents", "content", "native", "languages", "safety"),
    )
