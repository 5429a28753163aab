"""What the makers below the door are told, and what they give: small values that travel between processes."""

from __future__ import annotations

import msgspec

from openwado.dicom.instance import FrameEntry, Instance
from openwado.dicom.object_wishes import AS_STORED, ObjectWishes
from openwado.dicom.parts import NATIVE, FramesToEncode, Part, SpoolSpan, Treatment
from openwado.dicom.picture_record import FrameAttributes
from openwado.document.labels import Language
from openwado.document.model import Place
from openwado.observe.stages import Notes
from openwado.render.rendering_choices import STANDARD_CHOICES, RenderingChoices
from openwado.render.viewport import LARGEST_PICTURE
from openwado.spool import Spool


class SuperimposedImage(msgspec.Struct, frozen=True, array_like=True):
    """A frame that may be blended with another.

    Attributes:
        instance: the record of its object.
        entry: where it is.
        frame_number: from 1.
        input_number: of an advanced blending state: which of its inputs the frame is of; 0 under other states.
    """

    instance: Instance
    entry: FrameEntry
    frame_number: int
    input_number: int = 0


class PictureJob(msgspec.Struct, frozen=True, array_like=True, tag="picture"):
    """Draw one frame.

    Attributes:
        instance: the record.
        entry: where the frame is.
        frame_number: from 1.
        frame_attributes: in force for the frame.
        media_type: of the picture.
        window: center and width asked for, else None.
        region: xmin, ymin, xmax, ymax asked for, else None.
        rows, columns: the box asked for.
        image_quality: 1 … 100, None for the default.
        bit_depth: bits of a grey level, 8 or 16.
        choices: what the server decides where the standard leaves it open.
        annotation: words that say what is written on the picture.
        presentation_state: the record of the presentation state that is applied, if any.
        entries: where all frames are, for a state that needs others; () where they can be computed.
        superimposed: those that a presentation state may blend with it.
        max_output_pixels: pixels beyond which no picture is made; checked here where a presentation state decides.
    """

    instance: Instance
    entry: FrameEntry
    frame_number: int
    frame_attributes: FrameAttributes
    media_type: str
    window: tuple[float, float] | None = None
    region: tuple[float, float, float, float] | None = None
    rows: int | None = None
    columns: int | None = None
    image_quality: int | None = None
    bit_depth: int = 8
    choices: RenderingChoices = STANDARD_CHOICES
    annotation: tuple[str, ...] = ()
    presentation_state: Instance | None = None
    entries: tuple[FrameEntry, ...] = ()
    superimposed: tuple[SuperimposedImage, ...] = ()
    max_output_pixels: int = LARGEST_PICTURE


class MotionJob(msgspec.Struct, frozen=True, array_like=True, tag="motion"):
    """Draw frames, one after the other, as an animation or a video.

    Attributes:
        still: how each is drawn, and what the result is; its frame means nothing, its entries are all there are.
        shown: numbers of frames in the order they are shown, and for how many milliseconds.
        frame_attributes: the distinct ones that `FrameEntry.attributes` counts from 1.
        max_bytes: of the result.
    """

    still: PictureJob
    shown: tuple[tuple[int, float], ...]
    frame_attributes: tuple[FrameAttributes, ...] = ()
    max_bytes: int = 1 << 28

    @property
    def instance(self) -> Instance:
        """The record."""
        return self.still.instance


class VideoJob(msgspec.Struct, frozen=True, array_like=True, tag="video"):
    """Hand on a stored video stream, its pictures as they are coded.

    Attributes:
        instance: the record.
        media_type: of the file.
        frame_ms: milliseconds that a picture is shown, as the object says, for streams that do not; 0: it does not.
    """

    instance: Instance
    media_type: str
    frame_ms: float = 0.0


class ObjectJob(msgspec.Struct, frozen=True, array_like=True, tag="object"):
    """Plan the object itself.

    Attributes:
        instance: the record.
        wishes: how it is to leave.
        entries: where its frames are; may be empty where pixel data are native.
        lengths: of the encoded frames, once they are.
    """

    instance: Instance
    wishes: ObjectWishes = AS_STORED
    entries: tuple[FrameEntry, ...] = ()
    lengths: tuple[int, ...] = ()


class FrameJob(msgspec.Struct, frozen=True, array_like=True, tag="frame"):
    """Make one frame as it leaves in an object."""

    instance: Instance
    entry: FrameEntry
    treatment: Treatment = NATIVE


class DocumentJob(msgspec.Struct, frozen=True, array_like=True, tag="document"):
    """Write what an object says, or draw its waveforms; hand on the document that it encapsulates; list all of it.

    Attributes:
        instance: the record.
        media_type: of the document.
        charset: IANA name of the character set of a text; "" for types that have none.
        language: of our own words: a key of `openwado.document.labels.LABELS`.
        places: by SOP Instance UID, where objects are that a report refers to.
        native: whether the encapsulated document is handed on as it is.
        attributes: whether every attribute is listed, as HTML that a page puts into its own frame.
    """

    instance: Instance
    media_type: str
    charset: str = ""
    language: Language = "en"
    places: dict[str, Place] = {}
    native: bool = False
    attributes: bool = False


Job = PictureJob | MotionJob | VideoJob | ObjectJob | FrameJob | DocumentJob


class Rendition(msgspec.Struct, frozen=True, array_like=True):
    """An answer's body.

    Attributes:
        media_type: of it.
        parts: in order.
        warnings: texts for `Warning: 299`.
        to_encode: what must be encoded before the object can be planned: there are no parts then.
        deflated: all parts but the first are to be deflated (PS3.5 A.5).
        spool: what holds the parts that are in one; it goes with the last rendition that has it.
        notes: of the render process that made it.
    """

    media_type: str
    parts: tuple[Part, ...]
    warnings: tuple[str, ...] = ()
    to_encode: FramesToEncode | None = None
    deflated: bool = False
    spool: Spool | None = None
    notes: Notes | None = None

    @classmethod
    def of_spool(cls, media_type: str, spool: Spool, warnings: tuple[str, ...] = ()) -> Rendition:
        """Return what has been written to a spool, as bytes where they are few."""
        if spool.descriptor is None:
            return cls(media_type, (spool.read_at(0, spool.size),), warnings)
        return cls(media_type, (SpoolSpan(0, spool.size),), warnings, spool=spool)
