"""A bucket of an object store (S3 and its like, Azure Blob Storage, Google Cloud Storage): bytes under names.

By `obstore` (extra `cloud`), which finds credentials in the environment as the services' own programs do. What it says
of an error may quote a request or an answer, secrets among them: none of its sentences leaves this module.
"""

from __future__ import annotations

import importlib.util
import os
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from openwado.bucket_url import BucketUrlError, Place, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Bytes from which on an object is written in parts, of each part, and parts that are on their way at a time.
PART_BYTES: Final = 8 << 20
_PARTS_AT_A_TIME: Final = 4
#: S3 knows no more parts than this.
_MOST_PARTS: Final = 9000

#: The runtime of the library is one for a process, and does not survive a fork: the process that has started it.
_started_in: int | None = None


class BucketError(OSError):
    """The bucket does not answer as it should; the message names no secret."""


class NotInBucketError(BucketError):
    """There is nothing under a name, or no such bucket."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, seconds: nothing hangs.

    Attributes:
        connect: for a connection.
        silence: for the beginning of an answer, and between two pieces of it.
        request: for a whole one.
        retry: from the first try on; no other is begun later.
        retries: tries after the first.
    """

    connect: float
    silence: float
    request: float
    retry: float
    retries: int

    @property
    def options(self) -> dict[str, Any]:
        """As the library takes it."""
        return {
            "connect_timeout": timedelta(seconds=self.connect),
            "read_timeout": timedelta(seconds=self.silence),
            "timeout": timedelta(seconds=self.request),
        }

    @property
    def retry_config(self) -> dict[str, Any]:
        """As the library takes it."""
        backoff = {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2), "base": 2}
        return {"max_retries": self.retries, "retry_timeout": timedelta(seconds=self.retry), "backoff": backoff}


#: Somebody waits for the answer: less than the deadline of a picture, 30 s, in all.
READING: Final = Patience(connect=2, silence=4, request=30, retry=8, retries=2)

#: A part has to be sent before its answer begins.
WRITING: Final = Patience(connect=5, silence=30, request=30, retry=30, retries=4)


def open_bucket(url: str, reading: Patience = READING, writing: Patience = WRITING) -> Bucket:
    """Return the bucket that a URL names; nothing is asked of it yet.

    Args:
        url: as `place_of` reads it.
        reading: how long reads wait.
        writing: how long all others wait.

    Raises:
        BucketUrlError: it names none, or the library for buckets is not installed.
    """
    place = place_of(url)
    if not is_installed():
        raise BucketUrlError(not_installed())
    return Bucket(place, reading, writing)


def not_installed() -> str:
    """Return what to say where the library is missing."""
    return 'buckets need the extra "cloud": pip install "openwado[cloud]"'


def is_installed() -> bool:
    """Say whether the library is there."""
    return importlib.util.find_spec("obstore") is not None


class Bucket:
    """Opened by the first request of each process. Any number of threads may ask at the same time.

    Args:
        place: where it is.
        reading: how long reads wait.
        writing: how long all others wait.
    """

    def __init__(self, place: Place, reading: Patience = READING, writing: Patience = WRITING) -> None:
        self._place = place
        self._patience = {"reading": reading, "writing": writing}
        self._clients: dict[str, Any] = {}

    def get(self, name: str, offset: int, length: int) -> tuple[bytes, int]:
        """Return bytes of an object by one request, and how many it has in all.

        Args:
            name: of the object.
            offset: of the first byte, within the object.
            length: at least 1; fewer are returned only at its end.

        Raises:
            NotInBucketError: there is no such object.
            BucketError: it cannot be read.
        """
        client = self._client("reading")
        import obstore  # noqa: PLC0415 -- an extra, heavy, and not for the process that forks

        try:
            found = obstore.get(client, name, options={"range": (offset, offset + length)})
            return found.buffer().to_bytes(), found.meta["size"]
        except Exception as error:  # noqa: BLE001 -- only what is safe to say is taken from it
            raise _error_of(error, "GET") from None

    def put(self, name: str, data: bytes | Path) -> int:
        """Write an object: it is there whole when this returns, else not at all.

        Args:
            name: of the object.
            data: its bytes, or a file with them; many are sent in parts, some at a time.

        Returns:
            How many bytes the bucket says there are now.

        Raises:
            BucketError: it cannot be written.
            OSError: the file cannot be read.
        """
        client = self._client("writing")
        import obstore  # noqa: PLC0415 -- as in `get`

        size = data.stat().st_size if isinstance(data, Path) else len(data)
        if isinstance(data, Path) and size <= PART_BYTES:
            data = data.read_bytes()
        part = max(PART_BYTES, -(-size // _MOST_PARTS))
        try:
            obstore.put(
                client,
                name,
                data,
                use_multipart=size > PART_BYTES,
                chunk_size=part,
                max_concurrency=_PARTS_AT_A_TIME,
            )
            return obstore.head(client, name)["size"]
        except Exception as error:  # noqa: BLE001 -- as in `get`
            raise _error_of(error, "PUT") from None

    def erase(self, name: str) -> None:
        """Take an object away; it may be gone already.

        Raises:
            BucketError: it cannot be.
        """
        client = self._client("writing")
        import obstore  # noqa: PLC0415 -- as in `get`

        try:
            obstore.delete(client, name)
        except Exception as error:  # noqa: BLE001 -- as in `get`
            found = _error_of(error, "DELETE")
            if not isinstance(found, NotInBucketError) or "NoSuchBucket" in str(error):
                raise found from None

    def names(self, folder: str) -> Iterator[tuple[str, float]]:
        """Give the names of all objects below a folder, in order, and when each was written, seconds since 1970.

        Raises:
            BucketError: they cannot be listed.
        """
        client = self._client("writing")
        import obstore  # noqa: PLC0415 -- as in `get`

        try:
            for some in obstore.list(client, prefix=folder):
                for found in some:
                    yield found["path"], found["last_modified"].timestamp()
        except Exception as error:  # noqa: BLE001 -- as in `get`
            raise _error_of(error, "LIST") from None

    def _client(self, use: str) -> Any:  # noqa: ANN401 -- the library has no common class
        global _started_in  # noqa: PLW0603 -- the library's runtime is one for the process too
        process = os.getpid()
        if _started_in is None:
            _started_in = process
        elif _started_in != process:
            raise BucketError("this process was forked from one that had asked a bucket already")
        client = self._clients.get(use)
        if client is None:
            client = self._clients[use] = self._opened(self._patience[use])
        return client

    def _opened(self, patience: Patience) -> Any:  # noqa: ANN401 -- as above
        from obstore import store  # noqa: PLC0415 -- as in `get`

        place = self._place
        options = {**patience.options, "allow_http": place.allow_http}
        shared: dict[str, Any] = {"client_options": options, "retry_config": patience.retry_config}
        prefix = place.prefix or None
        config: Any = place.config
        try:
            match place.scheme:
                case "s3":  # the server compares each part with its digest before it takes it
                    config = {"checksum_algorithm": "SHA256", "disable_bulk_delete": True, **config}
                    return store.S3Store(place.bucket, prefix=prefix, config=config, **shared)
                case "az":
                    return store.AzureStore(place.bucket, prefix=prefix, config=config, **shared)
                case _:
                    return store.GCSStore(place.bucket, prefix=prefix, config=config, **shared)
        except Exception as error:  # noqa: BLE001 -- as in `get`
            raise _error_of(error, "opening") from None


_STATUS: Final = re.compile(r"status(?: code)?:? (\d{3})")


def _error_of(error: Exception, what: str) -> BucketError:
    """Return what may be said of an error of the library: its kind, and the status of the answer if there was one."""
    if isinstance(error, BucketError):
        return error
    status = _STATUS.search(str(error))
    said = f"status {status[1]}" if status else "no answer"
    text = f"{what} of the object store: {type(error).__name__}, {said}"
    return NotInBucketError(text) if isinstance(error, FileNotFoundError) else BucketError(text)
