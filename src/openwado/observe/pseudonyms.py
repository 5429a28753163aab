"""Short keyed hashes that stand in the log for instance UIDs and for keys of objects."""

from __future__ import annotations

import hashlib
import re
from typing import Final

#: A UID of at least five components, or one made of a UUID. Those of the standard itself name kinds of things, never a
#: patient's.
_UID: Final = re.compile(r"(?<![0-9.])(?!1\.2\.840\.10008\.)(?:[0-2](?:\.[0-9]+){4,}|2\.25\.[0-9]{8,})")

#: From the first slash of an absolute path to the end of the last: names of folders may have blanks.
_PATHS: Final = re.compile(r"/(?:.*/)?[^\s'\"]*", re.DOTALL)

#: Bytes of a hash.
_LENGTH: Final = 6


class Pseudonyms:
    """Hashes under one key.

    Args:
        key: a secret of at most 64 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, text: str) -> str:
        """Return the hash of a text, 12 hexadecimal digits."""
        return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=_LENGTH, key=self._key).hexdigest()

    def of_key(self, key: object) -> object:
        """Return what stands for what the store knows an object by."""
        return key if key is None else f"key:{self.of(str(key))}"

    def without_uids(self, text: str) -> str:
        """Return a text in which hashes stand for instance UIDs."""
        return _UID.sub(lambda found: f"uid:{self.of(found.group())}", text)

    def without_paths(self, text: str) -> str:
        """Return a text in which one hash stands for all from its first path to its last."""
        return _PATHS.sub(lambda found: f"path:{self.of(found.group())}", text)

    def without_words_of(self, trace: str) -> str:
        """Return a traceback with the same done to what the exceptions say; where they were raised stays."""
        lines = trace.split("\n")
        return "\n".join(line if line.startswith((" ", "Traceback")) else self.without_paths(line) for line in lines)
