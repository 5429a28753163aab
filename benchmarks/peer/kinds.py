"""The kinds of request that are measured: what is asked, what the least work for it is, and what is to be reached."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import cv2
import imagecodecs
import numpy as np

from peer.corpus import DX_COLUMNS, DX_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from peer.corpus import Corpus, Item

#: What HTTP costs at least: ms an answer, and ms a KiB of it.
HTTP_ANSWER, HTTP_KIB = 0.03, 0.00025

_QUALITY = 90

#: Objects that the floor is measured with: as many as there are source images, so that they are like all others.
SAMPLE = 24


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the table.

    Attributes:
        name: for people.
        corpus: which objects are asked for.
        parameters: of the query, after the three UIDs.
        least: the native work for one request: an object and a frame number to bytes.
        times_peer: how many times less CPU than the peer is to be reached.
        times_floor: how many times the floor may be reached; or
        above_floor: how many ms above it.
        frames: how many frames of a multi-frame object are asked for; 0: the whole object.
        peer_requests: how many requests the peer gets, because it takes so long; 0: as many as we.
        wanted: the beginning of a right answer's body.
    """

    name: str
    corpus: str
    parameters: str
    least: Callable[[Item, int], bytes]
    times_peer: float
    times_floor: float = 0.0
    above_floor: float = 0.0
    frames: int = 0
    peer_requests: int = 0
    wanted: bytes = b"\xff\xd8\xff"

    def asked(self, corpus: Corpus) -> list[tuple[Item, int]]:
        """Return objects and frame numbers, each asked for once in a pass."""
        items = corpus.items[self.corpus]
        if not self.frames:
            return [(item, 0) for item in items]
        step = items[0].frames // self.frames
        return [(items[0], 1 + number * step) for number in range(self.frames)]

    def target(self, item: Item, frame: int) -> str:
        """Return path and query."""
        uids = f"requestType=WADO&studyUID={item.study}&seriesUID={item.series}&objectUID={item.object}"
        return f"/wado?{uids}{self.parameters}{f'&frameNumber={frame}' if frame else ''}"

    def floor(self, corpus: Corpus) -> float:
        """Return the CPU ms of the least work for one answer, HTTP included: best of some rounds over some."""
        asked = self.asked(corpus)[:SAMPLE]
        sizes = [len(self.least(*each)) for each in asked]
        best = float("inf")
        for _ in range(3):
            began = time.process_time()
            for each in asked:
                self.least(*each)
            best = min(best, (time.process_time() - began) / len(asked))
        return best * 1000 + HTTP_ANSWER + HTTP_KIB * sum(sizes) / len(sizes) / 1024


def _table() -> NDArray[np.uint8]:
    values = np.arange(1 << 16, dtype=np.float32)
    return np.clip((values - 1064 + 0.5) / 399 * 255 + 128, 0, 255).astype(np.uint8)


TABLE = _table()


def _read(item: Item, frame: int) -> bytes:
    offset, length = item.places[max(frame, 1) - 1]
    descriptor = os.open(item.path, os.O_RDONLY)
    try:
        return os.pread(descriptor, length, offset)
    finally:
        os.close(descriptor)


def _whole(item: Item, _frame: int) -> bytes:
    descriptor = os.open(item.path, os.O_RDONLY)
    try:
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    finally:
        os.close(descriptor)


def _drawn(cells: NDArray[Any]) -> bytes:
    return bytes(imagecodecs.jpeg8_encode(cv2.LUT(cells, TABLE), _QUALITY))


def _slice(item: Item, frame: int) -> bytes:
    return _drawn(np.frombuffer(_read(item, frame), np.uint16).reshape(512, 512))


def _decoded(decode: Callable[[bytes], NDArray[Any]], item: Item, frame: int) -> bytes:
    return _drawn(decode(_read(item, frame)))


def _radiograph(item: Item, frame: int) -> bytes:
    cells = np.frombuffer(_read(item, frame), np.uint16).reshape(DX_ROWS, DX_COLUMNS)
    half = cv2.resize(cells, (DX_COLUMNS // 2, DX_ROWS // 2), interpolation=cv2.INTER_AREA)
    return _drawn(cv2.resize(half, (512, 614), interpolation=cv2.INTER_AREA))


_JPEG = "&contentType=image/jpeg"

#: `times_floor` for work above 1 ms in the plain lane, `above_floor` elsewhere.
KINDS = (
    Kind("CT 512², native → JPEG", "ct", _JPEG, _slice, 6, times_floor=1.4),
    Kind(
        "CT 512², JPEG-LS → JPEG",
        "jpeg_ls",
        _JPEG,
        partial(_decoded, imagecodecs.jpegls_decode),
        2.2,
        above_floor=0.5,
    ),
    Kind(
        "CT 512², JPEG 2000 → JPEG",
        "jpeg2000",
        _JPEG,
        partial(_decoded, imagecodecs.jpeg2k_decode),
        0,
        above_floor=0.5,
    ),
    Kind("DX 3000x2500 → 512 columns", "dx", f"{_JPEG}&columns=512", _radiograph, 7, above_floor=0.5),
    Kind("US 640x480 JPEG → JPEG", "us", _JPEG, _read, 30, above_floor=0.25),
    Kind("frame of a JPEG cine, 66 MB", "cine", _JPEG, _read, 30, above_floor=0.25, frames=200),
    Kind("frame of a CT of 524 MB", "large", _JPEG, _slice, 2000, times_floor=1.4, frames=200, peer_requests=1),
    Kind(
        "application/dicom as stored, 512 KiB",
        "ct",
        "&contentType=application/dicom",
        _whole,
        12,
        above_floor=0.25,
        wanted=b"\0" * 128 + b"DICM",
    ),
)
