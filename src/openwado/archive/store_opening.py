"""The store of kept objects that a URL names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from openwado.archive.kept_bucket import KeptBucket
from openwado.archive.kept_folder import KeptFolder
from openwado.bucket import open_bucket
from openwado.bucket_url import BucketUrlError, is_bucket_url, place_of

if TYPE_CHECKING:
    from openwado.archive.store import KeptStore


class UnknownStore(ValueError):  # noqa: N818 -- a verdict on a setting
    """A URL names no store; the message says what would be right."""


def open_store(url: str, incoming: Path, mark: Path) -> KeptStore:
    """Return the store that a URL names; nothing is read or written yet.

    Args:
        url: a path, file:///path, or a bucket: s3://bucket/prefix, az://container/prefix, gs://bucket/prefix.
        incoming: folder where objects are gathered that go into a bucket.
        mark: file that says that the folder of a store was made.

    Raises:
        UnknownStore: it is none of these.
    """
    folder = folder_of(url)
    if folder is not None:
        return KeptFolder(folder, mark)
    try:
        return KeptBucket(open_bucket(url), incoming)
    except BucketUrlError as error:
        raise UnknownStore(str(error)) from None


def folder_of(url: str) -> Path | None:
    """Return the folder that a URL names, None for a bucket.

    Raises:
        UnknownStore: it names neither.
    """
    scheme, separator, _ = url.partition("://")
    if not separator:
        return Path(url).absolute()
    if scheme == "file":
        try:
            split = urlsplit(url)
        except ValueError:
            split = SplitResult("", "", "", "", "")
        if split.netloc not in ("", "localhost") or not split.path.startswith("/"):
            raise UnknownStore("a file URL is written file:///absolute/path")
        return Path(unquote(split.path))
    if not is_bucket_url(url):
        raise UnknownStore(
            "write a folder's path, file:///path, s3://bucket/prefix, az://container/prefix or gs://bucket/prefix"
        )
    try:
        place_of(url)
    except BucketUrlError as error:
        raise UnknownStore(str(error)) from None
    return None
