"""What of a frame is wanted: which rows, and how fine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FrameExtent:
    """As much of a frame as a picture shows: who decodes it may give more, never less.

    Attributes:
        halvings: how often rows and columns may be halved, since nobody looks at finer details.
        rows: first row of the image that is needed, from 0, and the one after the last; None: all are.
    """

    halvings: int = 0
    rows: tuple[int, int] | None = None


#: All of a frame.
WHOLE = FrameExtent()
