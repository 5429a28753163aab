"""explain=1: why an answer is as it is. No UID of a patient's object is in it, and nothing that its data set says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from openwado.dicom.codecs import CODECS
from openwado.dicom.parts import length_of
from openwado.dicom.picture_record import LookupTable
from openwado.jobs import MotionJob, PictureJob
from openwado.lanes import Lane
from openwado.pictures import presentation_of
from openwado.protocol.media import DICOM, default_media_type
from openwado.render.voi_lut import ActualRange, VoiRange, VoiWindow

if TYPE_CHECKING:
    from openwado.jobs import Rendition
    from openwado.protocol.negotiate import Reasons
    from openwado.render.presentation import Presentation
    from openwado.retrieve import Prepared
    from openwado.server.timing import Timing

_LANES = {
    Lane.PLAIN: "in the HTTP process: no decoder runs on stored bytes, and the sizes are bounded (plain_lane_pixels)",
    Lane.STORED: "in the HTTP process if the stored frame is the answer as it is, else in a render process",
    Lane.CODEC: "in a render process: something is decoded, large, laid over, written on, or read from a bucket",
}

_SOURCES = {
    "memory": "hit: kept in the memory of this process",
    "disk": "hit: kept on disk",
    "file": "hit: kept as a file",
    "shared": "hit: another server has made it",
    "waited": "hit: another process was making it, and this one waited",
    "joined": "miss: made once for several who asked at the same time",
    "made": "miss: made for this request, and kept if a cache is on",
    "passed": "not needed: the stored frame is the answer",
    "": "not asked: objects are never kept",
}


class Chosen(msgspec.Struct, frozen=True):
    """What was chosen, and why."""

    chosen: str
    why: str


class Explanation(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer to explain=1.

    Attributes:
        category: of the object, as the request addresses it.
        sop_class_uid, transfer_syntax: of the object.
        representation: the media type.
        producible: all that could be had, best first.
        frame_number: that is shown.
        window: the VOI LUT of a picture.
        decoder: what has decoded; absent where nothing was.
        decoders: those that are tried, in this order.
        lane: where the work is done.
        cache: where the rendition came from.
        warnings: of the answer.
        bytes: of its body.
        media_type: of its body.
        milliseconds: of each stage, and altogether.
    """

    category: str
    sop_class_uid: str
    transfer_syntax: Chosen
    representation: Chosen
    producible: tuple[str, ...]
    lane: Chosen
    cache: Chosen
    media_type: str
    bytes: int
    milliseconds: dict[str, float]
    frame_number: int | None = None
    window: Chosen | None = None
    decoder: str = ""
    decoders: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def explain(prepared: Prepared, reasons: Reasons, rendition: Rendition, timing: Timing) -> bytes:
    """Return why an answer is as it is, as JSON.

    Args:
        prepared: the request, understood.
        reasons: what it was decided by.
        rendition: what would be sent.
        timing: of the steps.
    """
    instance = prepared.instance
    codec = CODECS.get(instance.transfer_syntax_uid)
    stages = {name: round(stage.seconds * 1000, 3) for name, stage in timing.notes.stages.items()}
    found = Explanation(
        category=reasons.representation.category.value,
        sop_class_uid=instance.sop_class_uid,
        transfer_syntax=Chosen(instance.transfer_syntax_uid, codec.name if codec is not None else "not known here"),
        representation=Chosen(prepared.media_type, _why_representation(reasons)),
        producible=reasons.producible,
        frame_number=reasons.representation.frame_number,
        window=_window(prepared),
        decoder=timing.notes.remarks.get("decoder", ""),
        decoders=tuple(decoder.name for decoder in codec.decoders) if codec is not None else (),
        lane=Chosen(prepared.lane.value, _LANES[prepared.lane]),
        cache=Chosen(timing.source or "none", _SOURCES[timing.source]),
        warnings=tuple(dict.fromkeys((*prepared.warnings, *rendition.warnings))),
        media_type=rendition.media_type,
        bytes=sum(map(length_of, rendition.parts)),
        milliseconds=stages | {"total": round((timing.index + timing.queue + timing.produce) * 1000, 3)},
    )
    return msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"


def _why_representation(reasons: Reasons) -> str:
    request, chosen = reasons.request, reasons.representation
    default = default_media_type(chosen.category)
    accept = "no Accept" if reasons.accept is None else "Accept"
    if request.content_type is not None:
        named = any(f"{entry.type}/{entry.subtype}" == chosen.media_type for entry in request.content_type)
        if named:
            return f"contentType names it, it can be made, and {accept} does not forbid it"
        if chosen.media_type == default:
            return (
                "nothing that contentType names can be made, so the default of the category is sent (D-05), or it fits"
            )
        return f"it fits contentType best of what can be made, and {accept} does not forbid it"
    if chosen.media_type == default:
        return f"the default of the category, and there is {accept} that takes it"
    if chosen.media_type != DICOM and chosen.category.is_image and not request.present.isdisjoint(_PICTURE_WORDS):
        return f"parameters of pictures ask for a picture, and {accept} takes this one best"
    return "Accept takes it best of what can be made"


#: Parameters that only pictures have.
_PICTURE_WORDS = frozenset(
    {
        "rows",
        "columns",
        "region",
        "windowCenter",
        "windowWidth",
        "frameNumber",
        "annotation",
        "presentationUID",
        "imageQuality",
    }
)


def _window(prepared: Prepared) -> Chosen | None:
    job = prepared.job.still if isinstance(prepared.job, MotionJob) else prepared.job
    if not isinstance(job, PictureJob):
        return None
    if job.presentation_state is not None:
        return Chosen("that of the presentation state", "presentationUID names it")
    presentation = presentation_of(job)
    return Chosen(_words_of(presentation), _why_window(job, presentation))


def _words_of(presentation: Presentation) -> str:
    match presentation.voi_lut:
        case VoiWindow(center, width, function):
            return f"{function}, center {center:g}, width {width:g}"
        case LookupTable():
            return "a VOI LUT"
        case VoiRange(lowest, highest):
            return f"{lowest:g} to black, {highest:g} to white"
        case ActualRange():
            return "the smallest value of the frame to black, the largest to white"
        case _:
            return "none: the possible range of the values"


def _why_window(job: PictureJob, presentation: Presentation) -> str:
    attributes, picture = job.frame_attributes, job.instance.picture
    if presentation.voi_lut is None:
        if picture is not None and picture.image_pixel.samples_per_pixel > 1:
            return "an image in colours has no window"
        return "the object has no window, and its values are meant to be shown as they are (RR-20a)"
    if job.window is not None:
        return "windowCenter and windowWidth ask for it"
    if isinstance(presentation.voi_lut, LookupTable):
        return "the first VOI LUT of the object, which goes before its windows (RR-19)"
    if isinstance(presentation.voi_lut, VoiWindow):
        count = len(attributes.windows)
        prefers = attributes.voi_luts and job.choices.prefer_window
        return f"the first of {count} in the object (RR-19)" + (
            ", which prefer_window puts before its LUT" if prefers else ""
        )
    return "the object has no window (RR-20a)"
