"""What the standard leaves open about a picture and a server decides for itself (section 15, item 11)."""

from __future__ import annotations

import msgspec


class RenderingChoices(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One server's choices; a change of any of them changes pictures, and so their entity tags.

    Attributes:
        prefer_window: of an object that has both, its first window and not its first VOI LUT is used (RR-19).
        presentation_lut_shape_wins: where Presentation LUT Shape and Photometric Interpretation contradict each other,
            the shape decides what is white (RR-21).
        correct_pixel_aspect: rows and columns count square pixels, whatever shape those of the image have (RR-22).
        draw_overlays: overlay planes of type G are drawn, in white (RR-23).
        apply_display_shutters: shutters of the image are applied (RR-25).
    """

    prefer_window: bool = False
    presentation_lut_shape_wins: bool = False
    correct_pixel_aspect: bool = True
    draw_overlays: bool = True
    apply_display_shutters: bool = True


STANDARD_CHOICES = RenderingChoices()
"""The choices of a server that was not told otherwise."""
