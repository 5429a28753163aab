"""The table of codecs for people: who decodes what (`openwado codecs`, docs/codecs.md)."""

from __future__ import annotations

import zlib
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from openwado.dicom.codecs import CODECS
from openwado.dicom.frame_encoders import FRAME_ENCODERS, JPEG_XL_RECOMPRESSION
from openwado.dicom.undecoded import UNDECODED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openwado.dicom.codecs import Form

#: What is done with pixel data of each form.
FORMS: Mapping[Form, str] = MappingProxyType(
    {
        "native": "Cells of 1 to 64 bits and floats of 32 and 64, in either byte order, are read where they are; "
        "of a region only its rows, unless cells are packed or samples in planes.",
        "encapsulated": "Each frame is decoded by the first of the decoders that can; the stream's own header is read "
        "before any of them sees it.",
        "video": "One stream for all frames. Single ones are decoded by FFmpeg (PyAV, the extra `video`), with the "
        "groups of pictures around them; as an object it leaves as it is stored (transferSyntax=*).",
    }
)
#: Libraries inside imagecodecs, by the name that it has for them.
_IMAGECODECS_NAMES = MappingProxyType(
    {
        "libjpeg-turbo": "libjpeg_turbo",
        "CharLS": "charls",
        "OpenJPEG": "openjpeg",
        "OpenJPH": "openjph",
        "libjxl": "libjxl",
        "libdeflate": "libdeflate",
        "imagecodecs": "imagecodecs",
    }
)


def library_versions() -> dict[str, str]:
    """Return the version of each decoding library that is installed here, by its name in the table of codecs."""
    import imagecodecs  # noqa: PLC0415 -- heavy, and only needed for this

    inside = imagecodecs.version(dict)
    versions = {library: inside.get(name, "").partition("/")[0] for library, name in _IMAGECODECS_NAMES.items()}
    return versions | {"numpy": np.__version__, "zlib": zlib.ZLIB_RUNTIME_VERSION}


def codec_page() -> str:
    """Return the table of codecs as Markdown; docs/codecs.md is this text."""
    lines = [
        "# Codecs",
        "",
        "Who decodes what. `openwado codecs` prints this table with the versions of the libraries that are installed.",
        "",
        *(f"- **{form}**: {text}" for form, text in FORMS.items()),
        "",
        "Where the last column names a way, small pictures are drawn from a reduced frame if it has so many times",
        "their rows and columns left. No library here decodes a region of a compressed frame only.",
        "",
        "| transfer syntax | name | form | decoders, in order | reduced |",
        "|---|---|---|---|---|",
    ]
    for uid, codec in CODECS.items():
        decoders = "; ".join(f"{decoder.library} (`{decoder.function}`)" for decoder in codec.decoders)
        limit = f" — {codec.limit}" if codec.limit else ""
        reduced = f"{codec.reduced.name}; {codec.reduced.margin} times" if codec.reduced is not None else ""
        lines.append(f"| {uid} | {codec.name} | {codec.form} | {decoders or 'none'}{limit} | {reduced} |")
    lines += _encoders()
    lines += [
        "",
        "Known, and decoded by nobody here: such objects can be had as they are stored, never as a picture.",
        "",
        "| transfer syntax | name | why |",
        "|---|---|---|",
        *(f"| {uid} | {undecoded.name} | {undecoded.reason} |" for uid, undecoded in UNDECODED.items()),
    ]
    return "\n".join(lines) + "\n"


def _encoders() -> list[str]:
    lines = [
        "",
        "## Sent",
        "",
        "What `transferSyntax` may name besides `*`, Explicit VR Little Endian (1.2.840.10008.1.2.1) and its deflated",
        "form (1.2.840.10008.1.2.1.99). An object that one of them cannot carry leaves in Explicit VR Little Endian.",
        "",
        "| transfer syntax | name | encoder | bits a sample | colour spaces | imageQuality |",
        "|---|---|---|---|---|---|",
    ]
    for uid, encoder in FRAME_ENCODERS.items():
        spaces = ", ".join(sorted(encoder.photometric))
        bits = f"up to {encoder.bits_stored_max}"
        lines.append(f"| {uid} | {encoder.name} | {encoder.library} | {bits} | {spaces} | {encoder.quality_scale} |")
    recompressed = "JPEG XL JPEG Recompression | libjxl | 8 | of JPEG Baseline objects only | lossless"
    lines.append(f"| {JPEG_XL_RECOMPRESSION} | {recompressed} |")
    return lines
