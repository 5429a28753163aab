"""What holds of kept objects in whatever bucket they are."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from openwado.archive.incoming import Incoming
from openwado.archive.kept_objects import kept_stamp
from openwado.archive.store import MissingObjectError, UnreadableError
from openwado.bucket import READING, WRITING, BucketError

if TYPE_CHECKING:
    from collections.abc import Callable

    from counting_proxy import Relay
    from openwado.archive.kept_bucket import KeptBucket

#: Bytes of objects that are sent in one part, and in many.
SIZES = (1, 100_000, (8 << 20) + 1, 40 << 20)

IMPATIENT = replace(READING, connect=0.5, silence=0.5, retry=1, retries=1)
IMPATIENT_WRITING = replace(WRITING, connect=0.5, silence=5, request=20, retry=1, retries=1)


def put(store: KeptBucket, data: bytes) -> str:
    """Put bytes into a store and return their key."""
    with Incoming(store.incoming) as incoming:
        incoming.write(data)
        store.put(incoming)
        return incoming.key


def check_that_what_was_put_is_read_back(store: KeptBucket, size: int) -> None:
    """An object that was put is there with all its bytes, under its key and no other, until it is erased."""
    data = os.urandom(size)
    key = put(store, data)
    assert list(dict(store.keys())) == [key]
    assert all(abs(when - time.time()) < 60 for when in dict(store.keys()).values())
    with store.open(key) as stored:
        assert stored.size == size
        assert stored.stamp() == store.stamp(key) == kept_stamp(key)
        assert stored.read_at(0, size + 1) == data
        assert stored.read_at(size - 1, 5) == data[-1:]
        assert stored.read_at(size, 5) == stored.read_at(-1, 5) == b""
    store.erase(key)
    store.erase(key)
    assert list(store.keys()) == []
    with pytest.raises(MissingObjectError), store.open(key) as stored:
        stored.read_at(0, 1)


def check_that_a_frame_costs_one_ranged_read(store: KeptBucket, relay: Relay) -> None:
    """Reading a frame is one request, for just its bytes; opening is none."""
    data = os.urandom(3 << 20)
    key = put(store, data)
    relay.requests.clear()
    with store.open(key) as stored:
        stored.stamp()
        assert relay.requests == []
        assert stored.read_at(1_000_000, 524_288) == data[1_000_000:1_524_288]
        assert relay.requests == [("GET", "bytes=1000000-1524287")]


def check_that_a_server_may_be_away(store: KeptBucket, leave: Callable[[], None], back: Callable[[], None]) -> None:
    """Reads and writes end in time, with what the doors make 503 of; all is right again afterwards."""
    key = put(store, b"x" * 1000)
    leave()
    try:
        began = time.monotonic()
        with pytest.raises(UnreadableError), store.open(key) as stored:
            stored.read_at(0, 1000)
        with pytest.raises(BucketError):
            put(store, b"y" * 1000)
        assert time.monotonic() - began < 40  # a bound of patience, not of speed
    finally:
        back()
    with store.open(key) as stored:
        assert stored.read_at(0, 1000) == b"x" * 1000
