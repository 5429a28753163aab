"""What de-identification needs to be told: the key of its pseudonyms, and where text is burned into pixels."""

from __future__ import annotations

import hmac
import re
from functools import lru_cache

import msgspec

#: Roots of UIDs that are registered and name nobody: SOP classes, transfer syntaxes, context groups (AN-4).
_REGISTERED = re.compile(r"1\.2\.840\.10008(\.[0-9]+)+")
#: What is no UID may be anything, a name too (PS3.5 9.1).
_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_UID_LENGTH_MAX = 64
_UUID_BYTES = 16


class BurnedInRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the images of some devices have text in their pixels; what is left out fits any.

    Attributes:
        modality: (0008,0060).
        manufacturer: (0008,0070), compared without regard to case.
        model: (0008,1090), likewise.
        sop_class_uid: (0008,0016).
        rows, columns: of the image.
        rectangles: left, top, width and height in pixels of what is blacked out; none: there is no text.
    """

    modality: str = ""
    manufacturer: str = ""
    model: str = ""
    sop_class_uid: str = ""
    rows: int = 0
    columns: int = 0
    rectangles: tuple[tuple[int, int, int, int], ...] = ()


class Deidentification(msgspec.Struct, frozen=True, array_like=True):
    """How objects are de-identified.

    Attributes:
        key: of the keyed hash that makes UIDs and pseudonyms: servers with the same one agree (AN-4).
        rules: the first that fits an image says where its text is.
    """

    key: bytes
    rules: tuple[BurnedInRule, ...] = ()


def pseudonymous_uid(key: bytes, uid: str) -> str:
    """Return what a UID becomes: the same for the same key; registered ones stay (AN-4; PS3.5 B.2)."""
    if not uid or is_registered(uid):
        return uid
    return _hashed_uid(key, uid)


def kept_uid(key: bytes, uid: str) -> str:
    """Return a UID that may stay; what is none becomes one, for nobody knows what it says (AN-9)."""
    return uid if is_uid(uid) else pseudonymous_uid(key, uid)


def is_registered(uid: str) -> bool:
    """Say whether a UID is one of DICOM's own (PS3.6)."""
    return _REGISTERED.fullmatch(uid) is not None


def is_uid(text: str) -> bool:
    """Say whether a text is a UID at all (PS3.5 9.1)."""
    return len(text) <= _UID_LENGTH_MAX and _UID.fullmatch(text) is not None


def pseudonym(key: bytes, text: str) -> str:
    """Return a short name that stands for a text, the same for the same key."""
    return f"ANON-{hmac.digest(key, b'pseudonym' + bytes(1) + text.encode(), 'sha256').hex()[:16].upper()}"


@lru_cache(maxsize=4096)
def _hashed_uid(key: bytes, uid: str) -> str:
    digest = hmac.digest(key, b"uid" + bytes(1) + uid.encode(), "sha256")
    return f"2.25.{int.from_bytes(digest[:_UUID_BYTES], 'big')}"
