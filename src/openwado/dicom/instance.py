"""The instance record: what is remembered about an object, so that no request has to parse it again.

These are values only; `openwado.dicom.record` reads them from an object. They are kept in the index as MessagePack, so
a change of any field here raises `RECORD_VERSION`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from openwado.dicom.image_pixel import ImagePixel

RECORD_VERSION = 2

Family = Literal["image", "text", "encapsulated", "other"]


class Stamp(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What tells that stored bytes are still the ones that were read: size in bytes, times in ns, inode."""

    size: int
    modified_ns: int
    changed_ns: int
    inode: int


class LookupTable(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A LUT of any module (PS3.3 C.11.1.1, C.11.2.1.1, C.7.6.3.1.5), segments already expanded.

    Attributes:
        first_mapped: the value that takes the first entry (signed where the clause says so).
        bits: bits of an entry, 8 … 16: its full range is 0 … 2**bits - 1.
        entries: little-endian unsigned 16-bit words, whatever bits is.
    """

    first_mapped: int
    bits: int
    entries: bytes


class StoredWindow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One Window Center/Width pair of the object, in values after the Modality LUT."""

    center: float
    width: float


class DisplayShutter(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What of an image may be seen (C.7.6.11): only what every shape given leaves open. Rows and columns from 1.

    Attributes:
        rectangle: left, right, upper and lower edge; the edges themselves are open (RR-25).
        circle: row and column of the center, and the radius in pixels along a row.
        polygon: row and column of each vertex, closed by itself; () if there is none.
        presentation_value: P-Value 0 … 65535 that covers the rest of grey images.
        presentation_color: CIELab, 16 bits a value (C.10.7.1.1), that covers the rest of colour images; None: black.
    """

    rectangle: tuple[int, int, int, int] | None = None
    circle: tuple[int, int, int] | None = None
    polygon: tuple[tuple[int, int], ...] = ()
    presentation_value: int = 0
    presentation_color: tuple[int, int, int] | None = None


class FrameAttributes(msgspec.Struct, frozen=True, array_like=True):
    """What decides how a frame looks and may differ from frame to frame (C.7.6.16); None or empty means absent.

    The attributes of Modality LUT (C.11.1), VOI LUT (C.11.2), Display Shutter (C.7.6.11), and the relation of stored
    values to X-ray intensity (C.8.7.1.1.2).

    Attributes:
        rescale_slope: (0028,1053), None if there is no rescale, or a Modality LUT beside it; never 0.
        rescale_intercept: (0028,1052), 0.0 if absent beside a slope.
        modality_lut: (0028,3000), None if absent or unusable.
        windows: (0028,1050)/(0028,1051) pairs in order, unusable ones (width below the function's limit) left out.
        voi_lut_function: LINEAR, LINEAR_EXACT or SIGMOID.
        voi_luts: (0028,3010) items in order, invalid ones left out.
        display_shutter: of the frame.
        pixel_intensity_relationship: (0028,1040) in capitals, or "".
    """

    rescale_slope: float | None = None
    rescale_intercept: float = 0.0
    modality_lut: LookupTable | None = None
    windows: tuple[StoredWindow, ...] = ()
    voi_lut_function: str = "LINEAR"
    voi_luts: tuple[LookupTable, ...] = ()
    display_shutter: DisplayShutter | None = None
    pixel_intensity_relationship: str = ""


class Palette(msgspec.Struct, frozen=True, array_like=True):
    """Red, green and blue Palette Color Lookup Tables (C.7.6.3.1.5-6), segments expanded."""

    red: LookupTable
    green: LookupTable
    blue: LookupTable


class OverlayPlane(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One overlay group of an image (C.9.2), and where its bits are.

    Attributes:
        group: 0x6000 … 0x601E.
        rows, columns: of the plane, 1 … 65535; they need not be the image's.
        top, left: Overlay Origin: row and column of the image, from 1, that the first bit belongs to; may lie outside.
        is_roi: whether it is a region of interest (type R) and not graphics (type G).
        number_of_frames: frames that the plane has.
        image_frame_origin: frame of the image that its first one belongs to; 0: its one frame belongs to all.
        embedded: whether the bits are unused bits of the pixel cells (retired, RR-24), not data of its own.
        bit_position: of an embedded plane within a cell.
        offset, length: of its own data; same base as `PixelLocation`.
        swap: as in `PixelLocation`, for its own data.
    """

    group: int
    rows: int
    columns: int
    top: int
    left: int
    is_roi: bool
    number_of_frames: int
    image_frame_origin: int
    embedded: bool
    bit_position: int
    offset: int
    length: int
    swap: int


class ByteSpan(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where the value of an element is that is read only when it is needed; same base as `PixelLocation`."""

    offset: int
    length: int


class Picture(msgspec.Struct, frozen=True, array_like=True):
    """The picture record: all that the default picture of any frame needs besides the pixels.

    Attributes:
        image_pixel: the Image Pixel module.
        frame_attributes: in force where a frame has none of its own.
        palette: for PALETTE COLOR (and supplemental palettes), else None.
        padding: lowest and highest stored value that is no image data (C.7.5.1.1.2), or None.
        presentation_lut_shape: (2050,0020) or "".
        pixel_aspect: vertical and horizontal extent of a pixel, from Pixel Aspect Ratio (0028,0034), else from Pixel
            Spacing, Imager Pixel Spacing or Nominal Scanned Pixel Spacing; None if nothing says (RR-22).
        sop_class_uid: (0008,0016) or "".
        modality: (0008,0060) or "".
        lossy: whether (0028,2110) is 01.
        overlay_planes: the usable ones, by group.
        icc_profile: where (0028,2000) is, for colour images (C.11.15; of the first optical path: C.8.12.5); else None.
        white_value: of a segmentation without VOI LUT the stored value that is drawn white: Maximum Fractional Value
            (0062,000E), or the largest Segment Number (0062,0004) of a label map; 0 for any other image.
        is_label_map: whether stored values are numbers of segments (Segmentation Type LABELMAP, C.8.20.2.3.1): between
            two of them there is nothing.
    """

    image_pixel: ImagePixel
    frame_attributes: FrameAttributes
    palette: Palette | None = None
    padding: tuple[int, int] | None = None
    presentation_lut_shape: str = ""
    pixel_aspect: tuple[float, float] | None = None
    sop_class_uid: str = ""
    modality: str = ""
    lossy: bool = False
    overlay_planes: tuple[OverlayPlane, ...] = ()
    icc_profile: ByteSpan | None = None
    white_value: int = 0
    is_label_map: bool = False


class PixelLocation(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where the pixel data element's value is.

    Attributes:
        encapsulated: whether the value is a sequence of items (PS3.5 A.4) rather than native values.
        offset: of the value's first byte (native), or of the first item tag after the Basic Offset Table item.
            In the stored file, or in the inflated data set where `Instance.deflated`.
        length: bytes of the value really there (native: as the element says, cut to what is present; encapsulated: from
            `offset` to the end of the last item).
        swap: bytes of one word whose order must be reversed to make it little endian: 1 (none), 2, 4 or 8.
        element_offset: of the element's tag: everything before it is the data set's head.
        tail_offset: of the first byte after the whole element (after the sequence delimiter where there is one).
    """

    encapsulated: bool
    offset: int
    length: int
    swap: int
    element_offset: int
    tail_offset: int


class FrameEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where one frame is.

    Attributes:
        offset: native: of the frame's first byte; encapsulated: of its first item's tag. Same base as `PixelLocation`.
        length: native: bytes; encapsulated: up to the end of its last item, item headers included.
        first_bit: native frames of packed bits need not start on a byte: the bit (0 … 7, LSB first) they start at.
            Where words are swapped the entry covers whole words, and this counts after the swap: up to 15.
        attributes: 0 if `Picture.frame_attributes` is in force, else the number (from 1) of the frame's own ones.
    """

    offset: int
    length: int
    first_bit: int = 0
    attributes: int = 0


class Instance(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """One object of the archive.

    Attributes:
        study_instance_uid: (0020,000D).
        series_instance_uid: (0020,000E).
        sop_instance_uid: (0008,0018).
        sop_class_uid: (0008,0016).
        transfer_syntax_uid: of the stored bytes: as file meta says, or as found where it says nothing.
        family: what the SOP Class (or, for unknown ones, the content) makes of it.
        number_of_frames: 0 for objects that are no images.
        time_based: whether a frame time or rate is given, so that the frames can be played.
        key: what the store knows the bytes by.
        stamp: size and times of the stored bytes when they were read.
        version: hex digest of header and stamp: the root of every ETag.
        dataset_offset: of the data set in the stored file, after preamble and file meta.
        part10: whether the file starts with preamble, DICM and a file meta group that names the transfer syntax.
        deflated: whether the data set is deflated; offsets in `pixels` and `FrameEntry` then count inflated bytes.
        inflated_size: bytes of the inflated data set; 0 where not deflated.
        pixels: where the pixel data are; None if there are none.
        picture: the picture record; None if this is no image or it cannot be drawn.
        undrawable: why there is no picture record for an image: a public sentence; else "".
        specific_character_set: the values of (0008,0005), () where absent.
    """

    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    family: Family
    number_of_frames: int
    time_based: bool
    key: str
    stamp: Stamp
    version: str
    dataset_offset: int
    part10: bool
    deflated: bool = False
    inflated_size: int = 0
    pixels: PixelLocation | None = None
    picture: Picture | None = None
    undrawable: str = ""
    specific_character_set: tuple[str, ...] = ()


class Description(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """Words about an object for people who browse; all decoded to Unicode, "" where absent.

    Patient names keep their component groups separated by "=" as DICOM writes them.
    """

    patient_name: str = ""
    patient_id: str = ""
    patient_birth_date: str = ""
    patient_sex: str = ""
    study_date: str = ""
    study_time: str = ""
    study_description: str = ""
    accession_number: str = ""
    modality: str = ""
    series_number: int | None = None
    series_description: str = ""
    instance_number: int | None = None


class ContentFacts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What an object holds, for the category of SOP Classes that no table names."""

    has_pixels: bool
    has_encapsulated_document: bool
    is_structured_report: bool


class Reading(msgspec.Struct, frozen=True, array_like=True):
    """All that one reading of an object yields.

    Attributes:
        instance: the instance record.
        description: words for people.
        facts: what it holds.
        frames: one entry a frame where they cannot be computed from `instance.pixels` (encapsulated data, or frames
            with frame attributes of their own), else empty.
        frame_attributes: the distinct frame attributes that `FrameEntry.attributes` counts from 1.
    """

    instance: Instance
    description: Description
    facts: ContentFacts
    frames: tuple[FrameEntry, ...] = ()
    frame_attributes: tuple[FrameAttributes, ...] = ()
