"""Which UIDs of objects may be named in answers and in the index (PS3.5 9.1, leniently)."""

from __future__ import annotations

from string import ascii_letters, digits
from typing import Final

#: UIDs are digits and dots up to 64; archives hold others, which do no harm if they need no escaping anywhere.
_LENGTH_MAX: Final = 128
_CHARACTERS: Final = frozenset(ascii_letters + digits + "._-")


def is_acceptable_uid(uid: str) -> bool:
    """Return whether a UID, which may not be empty, needs no escaping anywhere."""
    return 0 < len(uid) <= _LENGTH_MAX and _CHARACTERS.issuperset(uid)
