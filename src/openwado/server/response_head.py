"""The header fields of a WADO answer (PS3.18 8.4, 9.4.3, 9.5.3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from openwado.document.policy import content_security_policy
from openwado.jobs import DocumentJob

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openwado.protocol.conditional import ByteRange
    from openwado.retrieve import Prepared
    from openwado.server.timing import Timing

Headers = list[tuple[bytes, bytes]]

#: How a file is named when a person saves the answer.
SUFFIXES = {
    "application/dicom": ".dcm",
    "image/gif": ".gif",
    "image/jp2": ".jp2",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/apng": ".png",
    "image/svg+xml": ".svg",
    "image/webp": ".webp",
    "video/H265": ".mp4",
    "video/mp4": ".mp4",
    "video/mpeg": ".mpg",
    "application/pdf": ".pdf",
    "model/mtl": ".mtl",
    "model/obj": ".obj",
    "model/stl": ".stl",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/rtf": ".rtf",
    "text/xml": ".xml",
}

#: What a browser would run or render with the rights of this site: it gets none.
_ACTIVE = frozenset({"text/html", "text/xml", "application/xml", "application/xhtml+xml", "image/svg+xml"})

_SANDBOX = b"sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:"

_FILE_NAME = re.compile(r"[0-9.]{1,64}|[a-z]+")
_DICOM = "application/dicom"


def cache_control(max_age: int) -> bytes:
    """Return how long a browser may show an answer unasked; no shared cache may keep it, for it is a patient's."""
    return b"private, max-age=%d" % max_age if max_age else b"private, no-cache"


def validators(prepared: Prepared, caching: bytes, timing: Timing | None) -> Headers:
    """Return the fields that 200, 206 and 304 share (RFC 9110 15.4.5).

    Args:
        prepared: the request, understood.
        caching: from `cache_control`.
        timing: of the steps up to here; None: nothing is said about them.
    """
    varies = b"Accept"
    if prepared.media_type.startswith("text/") or prepared.media_type == _DICOM:
        varies += b", Accept-Charset"
    if isinstance(prepared.job, DocumentJob):
        varies += b", Accept-Language"
    fields = [
        (b"etag", prepared.etag.encode("latin-1")),
        (b"cache-control", caching),
        (b"vary", varies),
    ]
    if timing is not None:
        fields.append((b"server-timing", timing.write()))
    if prepared.content_location:
        fields.append((b"content-location", prepared.content_location.encode("ascii")))
    return fields


def representation_fields(prepared: Prepared, media_type: str, warnings: Iterable[str]) -> Headers:
    """Return the fields that tell what the bytes are (REQ-WEB-8.4.2-1).

    Args:
        prepared: the request, understood.
        media_type: of the bytes.
        warnings: texts for `Warning: 299` besides those of the request.
    """
    headers = [
        (b"content-type", media_type.encode("ascii")),
        (b"content-disposition", _disposition(prepared.file_name or prepared.instance.sop_instance_uid, media_type)),
        (b"accept-ranges", b"bytes"),
        (b"x-content-type-options", b"nosniff"),
    ]
    headers += [(b"warning", warning_value(text)) for text in dict.fromkeys((*prepared.warnings, *warnings))]
    if media_type.partition(";")[0] in _ACTIVE:
        is_ours = media_type.startswith("text/html") and isinstance(prepared.job, DocumentJob)
        headers.append((b"content-security-policy", content_security_policy().encode() if is_ours else _SANDBOX))
    return headers


def length_fields(size: int, part: ByteRange | None) -> Headers:
    """Return Content-Length, and Content-Range where only a part is sent (REQ-WEB-8.4.3-1, 8.5-2).

    Args:
        size: bytes of the whole.
        part: which of them are sent; None for all.
    """
    if part is None:
        return [(b"content-length", b"%d" % size)]
    return [
        (b"content-length", b"%d" % (part.stop - part.start)),
        (b"content-range", b"bytes %d-%d/%d" % (part.start, part.stop - 1, size)),
    ]


def warning_value(text: str) -> bytes:
    """Write a text as the value of a Warning field: code 299, in quotes, printable ASCII (REQ-WEB-8.3-1)."""
    printable = "".join(c if " " <= c <= "~" else "?" for c in text)
    quoted = printable.replace("\\", "\\\\").replace('"', '\\"')
    return f'299 openwado "{quoted}"'.encode()


def file_suffix(media_type: str) -> str:
    """Return how the name of a file of a media type ends; "" where nothing is usual."""
    return SUFFIXES.get(media_type.partition(";")[0], "")


def _disposition(name: str, media_type: str) -> bytes:
    """Return the name to save under: objects are downloads, all else is shown."""
    kind = "attachment" if media_type == _DICOM else "inline"
    if _FILE_NAME.fullmatch(name) is None:
        return kind.encode()
    return f'{kind}; filename="{name}{file_suffix(media_type)}"'.encode()
