"""The picture record: what the picture of any frame needs besides its pixels, as values (PS3.3 C.7.6, C.9.2, C.11).

`openwado.dicom.picture` reads it from an object; it is kept within the instance record, so a change of any field here
raises `openwado.dicom.instance.RECORD_VERSION`.
"""

from __future__ import annotations

import msgspec

from openwado.dicom.image_pixel import ImagePixel


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
        voi_luts: (0028,3010) items in order, invalid ones left out. What they map first is a word without sign here:
            whether it is signed depends on the Modality LUT that takes part in display (RR-20).
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
