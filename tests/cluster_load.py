"""Clients that ask a cluster through nginx for pictures and objects, and store others, while servers are killed."""

from __future__ import annotations

import hashlib
import random
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from serving import wado_parameters
from stowing import MULTIPART, parts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: What is asked of an object: pictures in many sizes, so that some are made and others kept, and the object itself.
ASKED: tuple[dict[str, str], ...] = (
    *({"contentType": "image/jpeg", "rows": str(rows)} for rows in range(20, 60, 10)),
    *({"contentType": "application/dicom", "transferSyntax": "*"},) * 2,
)

#: Seconds between two requests of a client: the load is that of people who look, and servers have time to start.
_PAUSE = 0.02

Query = tuple[tuple[str, str], ...]


@dataclass
class Counts:
    """What happened.

    Attributes:
        answered: requests with a whole answer of status 200.
        broken: connections that broke while an answer came, which nobody can ask for again unseen.
        stored: objects whose store was acknowledged.
        failures: all else, in words; there should be none.
        digests: of what was answered, by query.
    """

    answered: int = 0
    broken: int = 0
    stored: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    digests: dict[Query, str] = field(default_factory=dict)


class Load:
    """Clients, each a thread with a connection, that ask until they are told to stop.

    Args:
        url: of nginx.
        objects: study, series and object UIDs.
        to_store: gives the UID and the bytes of another object, never the same.
        readers, writers: how many.
    """

    def __init__(
        self,
        url: str,
        objects: Sequence[tuple[str, str, str]],
        to_store: Callable[[], tuple[str, bytes]],
        readers: int = 6,
        writers: int = 2,
    ) -> None:
        self.counts = Counts()
        self._url = url
        self._objects = objects
        self._to_store = to_store
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=(seed,)) for seed in range(readers)]
        self._threads += [threading.Thread(target=self._write) for _ in range(writers)]

    def __enter__(self) -> Counts:
        """Start."""
        for thread in self._threads:
            thread.start()
        return self.counts

    def __exit__(self, *_: object) -> None:
        """Stop, when the requests under way are answered."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _read(self, seed: int) -> None:
        choose = random.Random(seed)  # noqa: S311 -- to be repeated
        with httpx.Client(base_url=self._url, timeout=60) as client:
            while not self._stopped.wait(_PAUSE):
                query = tuple((wado_parameters(choose.choice(self._objects)) | choose.choice(ASKED)).items())
                data = self._answer(client, client.build_request("GET", "/wado", params=dict(query)))
                if data is not None:
                    self._compare(query, hashlib.sha256(data).hexdigest())

    def _write(self) -> None:
        kind = {"Content-Type": MULTIPART}
        with httpx.Client(base_url=self._url, timeout=60) as client:
            while not self._stopped.wait(_PAUSE):
                uid, data = self._to_store()
                request = client.build_request("POST", "/studies", content=parts_of(data), headers=kind)
                if self._answer(client, request) is not None:
                    with self._lock:
                        self.counts.stored.append(uid)

    def _answer(self, client: httpx.Client, request: httpx.Request) -> bytes | None:
        """Return a whole answer of status 200; count what is none."""
        begun = False
        try:
            answer = client.send(request, stream=True)
            begun = True
            try:
                data = answer.read()
            finally:
                answer.close()
        except httpx.TransportError as error:
            with self._lock:
                if begun:
                    self.counts.broken += 1
                else:
                    self.counts.failures.append(f"{request.method}: {error!r}")
            return None
        with self._lock:
            if answer.status_code == httpx.codes.OK:
                self.counts.answered += 1
                return data
            self.counts.failures.append(f"{request.method}: {answer.status_code} {data[:200]!r}")
        return None

    def _compare(self, query: Query, digest: str) -> None:
        with self._lock:
            if self.counts.digests.setdefault(query, digest) != digest:
                self.counts.failures.append(f"other bytes than before: {query}")
