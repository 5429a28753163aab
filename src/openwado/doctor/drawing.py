"""Whether pictures can be made: every codec is tried on a frame, and every font is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from openwado.dicom.codecs import CODECS, decode_stream
from openwado.dicom.frame import Frame
from openwado.dicom.frame_encoders import FRAME_ENCODERS, encode_frame
from openwado.dicom.image_pixel import ImagePixel
from openwado.dicom.video_codecs import can_read_video
from openwado.doctor.finding import Finding
from openwado.render.fonts import FONTS, face

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIDE = 16
_MEND = "Install openwado again, with the libraries that it asks for: pip install -U openwado."


def drawing() -> Iterator[Finding]:
    """Look at codecs and fonts."""
    wrong = [fault for uid in FRAME_ENCODERS if uid in CODECS and (fault := _fault_of(uid))]
    if wrong:
        yield Finding("fault", "codecs", f"{'; '.join(wrong)}.", _MEND)
    else:
        tried = sum(uid in CODECS for uid in FRAME_ENCODERS)
        yield Finding("ok", "codecs", f"{tried} transfer syntaxes were encoded and decoded; {len(CODECS)} are known.")
    if not can_read_video():
        yield Finding("note", "video", "No picture of a stored video can be made.", "pip install 'openwado[video]'.")
    unreadable = [package for number, (package, _) in enumerate(FONTS) if not _opens(number)]
    if unreadable:
        yield Finding("fault", "fonts", f"Cannot be opened: {', '.join(unreadable)}.", _MEND)
    else:
        yield Finding("ok", "fonts", f"All {len(FONTS)} were opened.")


def _fault_of(transfer_syntax_uid: str) -> str:
    """Encode a frame and decode it; say what is wrong, "" if nothing is."""
    cells = np.arange(_SIDE * _SIDE, dtype=np.uint8).reshape(_SIDE, _SIDE)
    frame = Frame(cells, "MONOCHROME2", 8, 7, 0)
    pixel = ImagePixel(_SIDE, _SIDE, 1, "MONOCHROME2", 8, 8, 7, 0, 0, 1, "PixelData")
    codec, encoder = CODECS[transfer_syntax_uid], FRAME_ENCODERS[transfer_syntax_uid]
    try:
        found = decode_stream(encode_frame(frame, transfer_syntax_uid, None), codec, pixel)
    except Exception as error:  # noqa: BLE001 -- libraries raise what they like
        return f"{codec.name} fails: {type(error).__name__}: {error}"
    same = found.cells.shape == cells.shape and (encoder.is_lossy(None) or bool(np.array_equal(found.cells, cells)))
    return "" if same else f"{codec.name} gives other pixels than it was given"


def _opens(number: int) -> bool:
    try:
        face(number)
    except Exception:  # noqa: BLE001 -- as above
        return False
    return True
