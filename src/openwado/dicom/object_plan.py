"""One object on its way to another form: its data set part by part, and what becomes of its pixels (TR-1 … TR-6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from openwado.dicom.codecs import CODECS, codec_of, image_pixel_of
from openwado.dicom.elements import Span, read_elements
from openwado.dicom.explicit_data_set import DataSetWriter
from openwado.dicom.file_head import file_head
from openwado.dicom.frame_encoders import ENCODED, FRAME_ENCODERS
from openwado.dicom.frames import native_entry
from openwado.dicom.image_pixel_tags import PIXEL_REPRESENTATION
from openwado.dicom.lossy_attributes import (
    DERIVATION_DESCRIPTION,
    derived_uid,
    lossy_elements,
    lossy_items,
    with_derived_frames,
)
from openwado.dicom.native import ONLY_IN_STREAMS
from openwado.dicom.part_list import PartList
from openwado.dicom.parts import (
    FramesToEncode,
    Part,
    Treatment,
)
from openwado.dicom.pixel_attributes import (
    decoded_attributes,
    encoded_attributes,
    number_of_frames_element,
    photometric_element,
)
from openwado.dicom.pixel_parts import (
    add_decoded_frames,
    add_encoded_frames,
    add_native_span,
    add_stored_items,
    extended_offsets,
    native_length,
    native_tag_and_vr,
    stored_offsets,
)
from openwado.dicom.stream_metadata import STRIPPABLE
from openwado.dicom.transfer_syntaxes import (
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    NEVER_SENT,
)
from openwado.dicom.treatment import treated_frame
from openwado.dicom.undecoded import REFERENCED
from openwado.errors import CorruptObject, NotAcceptable, NotSupported

if TYPE_CHECKING:
    from openwado.dicom.instance import FrameEntry, Instance, PixelLocation
    from openwado.dicom.object_wishes import ObjectWishes
    from openwado.dicom.reader import Parsed
    from openwado.dicom.revision import Revision
    from openwado.dicom.source import ByteSource

#: Groups of what may stand behind the last element: zeros, stray delimiters, cut-off padding.
_NO_ELEMENTS: Final = frozenset({0x0000, 0xFFFE, 0xFFFC})
_AS_STORED: Final = "Ask with transferSyntax=* to have the object as it is stored."


@dataclass(frozen=True, slots=True)
class ObjectPlan:
    """One object on its way to another form.

    Attributes:
        source: the stored bytes.
        instance: the object's record.
        parsed: the object, taken apart.
        wishes: how it is to leave.
        revision: what changes of its values.
    """

    source: ByteSource
    instance: Instance
    parsed: Parsed
    wishes: ObjectWishes
    revision: Revision

    def parts(self, entries: tuple[FrameEntry, ...], lengths: tuple[int, ...]) -> tuple[Part, ...] | FramesToEncode:
        """Choose what becomes of the pixels."""
        pixels = self.instance.pixels
        stored, target = self.instance.transfer_syntax_uid, self.wishes.transfer_syntax or self._stored_or_explicit()
        if pixels is None:
            return self._without_pixels(target)
        if target in ENCODED or (pixels.encapsulated and target == stored):
            if target == stored and not self._must_be_encoded(target):
                if self.revision.cleaning is None:
                    return self._stored_items(pixels)
                return self._encoded(pixels, entries, lengths, self._stripping(target))
            return self._encoded(pixels, entries, lengths, self._treatment(target))
        if pixels.encapsulated or self._must_be_cleaned():
            return self._decoded(pixels, self._native_entries(entries), target)
        return self._native(pixels, target)

    def _stored_or_explicit(self) -> str:
        uid = self.instance.transfer_syntax_uid
        return EXPLICIT_VR_LITTLE_ENDIAN if uid in NEVER_SENT else uid

    def _must_be_encoded(self, target: str) -> bool:
        """Whether frames that are in the right syntax have to be made anew."""
        cleaning = self.revision.cleaning
        encoder = FRAME_ENCODERS.get(target)
        steered = encoder is not None and self.wishes.image_quality is not None
        if cleaning is None or encoder is None or encoder.always_lossy:
            return steered or (cleaning is not None and cleaning.changes_pixels)
        image_pixel = image_pixel_of(self.instance)
        hides = image_pixel.bits_stored != image_pixel.bits_allocated or target not in STRIPPABLE
        return steered or cleaning.changes_pixels or not encoder.method or hides

    def _treatment(self, target: str) -> Treatment:
        return Treatment(target, self.wishes.image_quality, self.revision.cleaning)

    def _stripping(self, target: str) -> Treatment:
        if target not in STRIPPABLE:
            raise NotAcceptable(
                "An object in this transfer syntax can be anonymized in Explicit VR Little Endian only.",
                parameter="transferSyntax",
            )
        return Treatment(target, strip=True)

    def _must_be_cleaned(self) -> bool:
        """Whether native cells change: rectangles, bits outside Bits Stored, or none of both."""
        cleaning = self.revision.cleaning
        if cleaning is None:
            return False
        image_pixel = image_pixel_of(self.instance)
        return cleaning.changes_pixels or image_pixel.bits_stored != image_pixel.bits_allocated

    def _native_entries(self, entries: tuple[FrameEntry, ...]) -> tuple[FrameEntry, ...]:
        if entries or self.instance.pixels is None or self.instance.pixels.encapsulated:
            return entries
        count = image_pixel_of(self.instance).number_of_frames
        return tuple(native_entry(self.instance, number) for number in range(1, count + 1))

    def _without_pixels(self, target: str) -> tuple[Part, ...]:
        if self.instance.transfer_syntax_uid in REFERENCED:
            raise NotAcceptable(f"The pixel data of this object are referenced, not held here. {_AS_STORED}")
        parts, writer = self._start(target)
        self._check_complete(self.parsed.head_end)
        self._write_head(parts, writer, {})
        return parts.parts()

    def _native(self, pixels: PixelLocation, target: str) -> tuple[Part, ...]:
        parts, writer = self._start(target)
        replaced: dict[int, bytes] = {}
        image_pixel = self.instance.picture.image_pixel if self.instance.picture else None
        if image_pixel is not None and image_pixel.photometric_interpretation in ONLY_IN_STREAMS:
            replaced = photometric_element("RGB")
        self._write_head(parts, writer, replaced)
        tag, vr = native_tag_and_vr(self.instance, self.parsed.pixel_data)
        length = native_length(self.instance, pixels) if self.revision.is_deidentified else pixels.length
        add_native_span(parts, pixels, length, tag, vr)
        self._write_tail(parts, writer, pixels)
        return parts.parts()

    def _stored_items(self, pixels: PixelLocation) -> tuple[Part, ...]:
        parts, writer = self._start(self.instance.transfer_syntax_uid)
        self._write_head(parts, writer, {}, keep_offsets=True)
        add_stored_items(parts, self.source, pixels)
        self._write_tail(parts, writer, pixels)
        return parts.parts()

    def _decoded(self, pixels: PixelLocation, entries: tuple[FrameEntry, ...], target: str) -> tuple[Part, ...]:
        self._check_decodable(entries)
        treatment = Treatment(cleaning=self.revision.cleaning)
        frame = treated_frame(self.source, self.instance, entries[0], treatment)
        attributes = self.parsed.attributes
        bits_allocated, replaced = decoded_attributes(frame, attributes, image_pixel_of(self.instance))
        replaced |= number_of_frames_element(attributes, len(entries))
        parts, writer = self._start(target, decode=True)
        self._write_head(parts, writer, replaced)
        add_decoded_frames(parts, self.source, self.instance, entries, frame, bits_allocated, treatment)
        self._write_tail(parts, writer, pixels)
        return parts.parts()

    def _encoded(
        self, pixels: PixelLocation, entries: tuple[FrameEntry, ...], lengths: tuple[int, ...], treatment: Treatment
    ) -> tuple[Part, ...] | FramesToEncode:
        self._check_decodable(entries := self._native_entries(entries))
        if not lengths:
            return FramesToEncode(entries, treatment)
        attributes, target = self.parsed.attributes, treatment.transfer_syntax
        encoder = None if treatment.strip else FRAME_ENCODERS.get(target)
        revision = self.revision
        replaced = number_of_frames_element(attributes, len(entries))
        items: dict[int, bytes] = {}
        if encoder is not None:
            frame = treated_frame(self.source, self.instance, entries[0], treatment)
            lossy = encoder.is_lossy(treatment.image_quality)
            photometric = encoder.photometric_of(frame.photometric_interpretation, lossy, frame.cells.shape[1])
            replaced |= encoded_attributes(frame, attributes, photometric, keeps_cells=encoder.keeps_cells)
            if lossy:
                uid = revision.uid_of(derived_uid(self.instance.sop_instance_uid, target, treatment.image_quality))
                revision = replace(
                    revision, sop_instance_uid=uid, scope=with_derived_frames(attributes, revision.scope)
                )
                ratio = frame.cells.nbytes * len(entries) / max(sum(lengths), 1)
                replaced |= lossy_elements(attributes, encoder, ratio, uid, self._description())
                items = lossy_items(attributes, self.instance, revision)
        replaced |= extended_offsets(lengths)
        parts, writer = self._start(target, decode=pixels.encapsulated, revision=revision)
        self._write_head(parts, writer, replaced, items)
        add_encoded_frames(parts, lengths)
        self._write_tail(parts, writer, pixels)
        return parts.parts()

    def _description(self) -> bytes:
        """Return the Derivation Description so far, as the revision leaves it."""
        value = self.parsed.attributes.value(DERIVATION_DESCRIPTION)
        change = self.revision.scope.change(DERIVATION_DESCRIPTION, "ST") if self.revision.scope else None
        if callable(change):
            return change(value)
        return b"" if self.revision.is_deidentified else value

    def _check_decodable(self, entries: tuple[FrameEntry, ...]) -> None:
        try:
            codec = codec_of(self.instance)
        except NotSupported as refusal:
            raise NotSupported(f"{refusal.public} {_AS_STORED}") from None
        if codec.form == "video":
            raise NotAcceptable(f"A video stream ({codec.name}) is not decompressed. {_AS_STORED}")
        if not entries:
            raise CorruptObject("The pixel data of this object hold no frames.")

    def _start(
        self, target: str, *, decode: bool = False, revision: Revision | None = None
    ) -> tuple[PartList, DataSetWriter]:
        parsed, revision = self.parsed, revision or self.revision
        blocks = parsed.attributes.blocks
        parts = PartList(blocks, inline=parsed.deflated)
        head = file_head(
            self.source,
            self.instance,
            target,
            sop_instance_uid=revision.sop_instance_uid,
            keep_title=not revision.is_deidentified,
        )
        if target == DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN:
            parts.add_part(head)
        else:
            parts.add(head)
        codec = CODECS.get(self.instance.transfer_syntax_uid) if decode else None
        signed = parsed.attributes.integer(PIXEL_REPRESENTATION) == 1
        altered = self.wishes.changes_values or target in FRAME_ENCODERS
        return parts, DataSetWriter(blocks, codec, signed=signed, altered=altered, scope=revision.scope)

    def _write_head(
        self,
        parts: PartList,
        writer: DataSetWriter,
        replaced: dict[int, bytes],
        added_items: dict[int, bytes] | None = None,
        *,
        keep_offsets: bool = False,
    ) -> None:
        """Append the elements before the pixel data."""
        revision, parsed = self.revision, self.parsed
        items = dict(revision.added_items)
        for tag, added in (added_items or {}).items():
            items[tag] = items.get(tag, b"") + added
        if keep_offsets:
            replaced |= stored_offsets(parsed)
        writer.write(parts, parsed.attributes.elements, parsed.coding, {**revision.replaced, **replaced}, items)

    def _write_tail(self, parts: PartList, writer: DataSetWriter, pixels: PixelLocation) -> None:
        """Append the elements after the pixel data."""
        blocks = self.parsed.attributes.blocks
        elements, end = read_elements(blocks, Span(pixels.tail_offset, blocks.size, self.parsed.coding))
        self._check_complete(end)
        writer.write(parts, elements, self.parsed.coding, {})

    def _check_complete(self, end: int) -> None:
        """Refuse to pass off what was read as the whole object if it breaks off within an element; padding may follow.

        It is no fault of the moment but known for good, and a plan without its last beam must not look like a plan.
        """
        parsed = self.parsed
        head = parsed.attributes.blocks.read(end, 8)
        group = int.from_bytes(head[:2], "little" if parsed.coding.little_endian else "big")
        if len(head) == 8 and group not in _NO_ELEMENTS:  # noqa: PLR2004 -- tag and length
            hint = "" if parsed.transfer_syntax_uid in NEVER_SENT else f" {_AS_STORED}"
            raise NotAcceptable(
                "The stored object breaks off within a data element, so it cannot be sent in Explicit VR Little "
                f"Endian: a part would pass for the whole.{hint}"
            )
