"""Sizes, numbers and names of types as the web page writes them; see `openwado.dicom.formatting` too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.dicom.formatting import uid_name

if TYPE_CHECKING:
    from openwado.server.page_wording import Wording

#: How a link to a media type is called, but for plain text: that is a word.
MEDIA_TYPE_WORDS = {
    "application/dicom": "DICOM",
    "application/pdf": "PDF",
    "image/gif": "GIF",
    "image/jp2": "JPEG 2000",
    "image/jpeg": "JPEG",
    "image/jph": "HTJ2K",
    "image/jxl": "JPEG XL",
    "image/png": "PNG",
    "image/svg+xml": "SVG",
    "model/mtl": "MTL",
    "model/obj": "OBJ",
    "model/stl": "STL",
    "text/html": "HTML",
    "text/rtf": "RTF",
    "text/xml": "XML",
    "video/mp4": "MP4",
    "video/mpeg": "MPEG",
}

_THOUSAND = 1000


def size(say: Wording, count: int) -> str:
    """Return a number of bytes, such as 526 kB."""
    if count < _THOUSAND:
        return say("n bytes", n=count)
    number, unit = float(count), "bytes"
    for unit in ("kB", "MB", "GB", "TB"):  # noqa: B007 -- the unit that the number came down to
        number /= _THOUSAND
        if number < _THOUSAND - 0.5:
            break
    return f"{number:.3g} {unit}"


def decimal(value: float) -> str:
    """Return a number without needless digits."""
    return f"{value:.10g}"


def transfer_syntax_name(transfer_syntax_uid: str) -> str:
    """Return what a transfer syntax is called (PS3.6 annex A); the UID where it is unknown."""
    return uid_name(transfer_syntax_uid)


def media_type_word(say: Wording, media_type: str) -> str:
    """Return how a link to a media type is called."""
    return say("text") if media_type == "text/plain" else MEDIA_TYPE_WORDS.get(media_type, media_type)
