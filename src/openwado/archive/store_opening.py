"""The store of kept objects that a URL names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from openwado.archive.kept_folder import KeptFolder

if TYPE_CHECKING:
    from openwado.archive.store import KeptStore


class UnknownStore(ValueError):  # noqa: N818 -- a verdict on a setting
    """A URL names no store; the message says what would be right."""


def open_store(url: str) -> KeptStore:
    """Return the store that a URL names; nothing is read or written yet.

    Args:
        url: a path, or file:///path.

    Raises:
        UnknownStore: it is none of these.
    """
    scheme, _, rest = url.partition("://")
    if not rest:
        return KeptFolder(Path(url).absolute())
    if scheme == "file":
        split = urlsplit(url)
        if split.netloc not in ("", "localhost") or not split.path.startswith("/"):
            raise UnknownStore("a file URL is written file:///absolute/path")
        return KeptFolder(Path(unquote(split.path)))
    raise UnknownStore("write a folder's path or file:///path")
