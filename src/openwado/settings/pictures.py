"""What is drawn, where the standard leaves it to the server."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from openwado.settings.dicom import DicomSettings


class PictureSettings(DicomSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is drawn, where the standard leaves it to the server."""

    title: ClassVar[str] = "Pictures"

    prefer_window: Annotated[
        bool, Meta(description="Where an object has both: its first window is used, not its first VOI LUT (RR-19).")
    ] = False
    presentation_lut_shape_wins: Annotated[
        bool,
        Meta(
            description="Where Presentation LUT Shape and Photometric Interpretation contradict each other: the shape "
            "says what is white (RR-21)."
        ),
    ] = False
    correct_pixel_aspect: Annotated[
        bool,
        Meta(
            description="Whether rows and columns count square pixels, whatever shape those of the image have (RR-22)."
        ),
    ] = True
    draw_overlays: Annotated[
        bool, Meta(description="Whether overlay planes of type G are drawn, in white (RR-23).")
    ] = True
    apply_display_shutters: Annotated[
        bool, Meta(description="Whether display shutters of an image are applied (RR-25).")
    ] = True
    bit_depth_parameter: Annotated[
        bool,
        Meta(
            description="Whether the extra query parameter bitDepth=16 is known: grey image/png and image/jp2 with "
            "16 bits (RR-27)."
        ),
    ] = False
    annotation_extensions: Annotated[
        bool,
        Meta(
            description="Whether annotation also knows the words orientation (letters of the patient's directions) and "
            "scale (a bar of a round length)."
        ),
    ] = False
