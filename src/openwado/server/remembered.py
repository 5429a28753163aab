"""Credentials that were checked a moment ago, so that each request need not wait for the same check."""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_MOST: Final = 1024


class Remembered(Generic[T]):
    """What checks came to, by the digest of what was checked: keyed, so that the memory of a process tells nothing."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._found: OrderedDict[bytes, tuple[T, float]] = OrderedDict()

    def find(self, text: str, now: float) -> T | None:
        """Return what was kept for a text, None if that is over or never was."""
        digest = self._digest(text)
        found = self._found.get(digest)
        if found is None:
            return None
        if now >= found[1]:
            del self._found[digest]
            return None
        self._found.move_to_end(digest)
        return found[0]

    def keep(self, text: str, value: T, until: float) -> None:
        """Keep a value for a text until a time; of too many the one that was asked for longest ago goes."""
        self._found[self._digest(text)] = (value, until)
        if len(self._found) > _MOST:
            self._found.popitem(last=False)

    def _digest(self, text: str) -> bytes:
        return hmac.digest(self._key, text.encode(), "sha256")
