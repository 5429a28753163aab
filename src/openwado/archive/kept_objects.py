"""Keys of objects that the archive keeps itself: made of their bytes, so that a key never comes to mean other bytes.

Keys of files in place are absolute paths; these start with another character. What a store puts under such a key is
there whole or not at all, and can be checked against it at any time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from openwado.dicom.instance import Stamp

if TYPE_CHECKING:
    from openwado.archive.index import Index

#: First character of the key of every kept object.
MARK: Final = "@"

#: The keys of all kept objects are from the first of these up to, and without, the second.
FIRST_KEY, STOP_KEY = MARK, chr(ord(MARK) + 1)

_FORM: Final = re.compile(r"@([0-9a-f]{3})/(\1[0-9a-f]{61})\.([0-9]{1,19})")
_FOLDER_DIGITS: Final = 3


def kept_key(digest: str, size: int) -> str:
    """Return the key of bytes.

    Args:
        digest: their SHA-256, 64 hexadecimal digits in lower case.
        size: how many there are.
    """
    return f"{MARK}{digest[:_FOLDER_DIGITS]}/{digest}.{size}"


def is_kept(key: str) -> bool:
    """Return whether a key is that of a kept object."""
    return key.startswith(MARK)


def is_well_formed(key: str) -> bool:
    """Return whether a key is one that `kept_key` makes."""
    return _FORM.fullmatch(key) is not None


def digest_of(key: str) -> str:
    """Return the SHA-256 of a kept object's bytes, 64 hexadecimal digits."""
    return _parts(key)[0]


def size_of(key: str) -> int:
    """Return how many bytes a kept object has."""
    return _parts(key)[1]


def kept_stamp(key: str) -> Stamp:
    """Return what stands for times and inode of a kept object: numbers from its digest, which tell its bytes apart."""
    digest, size = _parts(key)
    first, second, third = (int(digest[start : start + 15], 16) for start in (0, 15, 30))  # each within 64 bits
    return Stamp(size=size, modified_ns=first, changed_ns=second, inode=third)


def _parts(key: str) -> tuple[str, int]:
    match = _FORM.fullmatch(key)
    if match is None:
        raise ValueError(f"{key!r} is no key of a kept object")
    return match[2], int(match[3])


def is_wanted(index: Index, key: str) -> bool:
    """Say whether a kept object is to stay: the index knows it, and has not struck it out."""
    file = index.file(key)
    return file is not None and file.outcome not in ("deleted", "replaced")
