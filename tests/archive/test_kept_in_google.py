"""Kept objects by the protocol of Google Cloud Storage (its XML API), as far as Ceph's gateway speaks it.

What Google's own service adds is its signatures, which nothing here can check: the bucket is open to everybody.
"""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ceph import make_bucket
from counting_proxy import relayed
from openwado.archive.incoming import Incoming
from openwado.archive.kept_bucket import KeptBucket
from openwado.archive.store import MissingObjectError, UnreadableError
from openwado.bucket import READING, WRITING, Bucket, BucketError
from openwado.bucket_url import place_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ceph import Gateway

pytestmark = pytest.mark.xdist_group("ceph")

IMPATIENT = replace(READING, connect=0.5, silence=0.5, retry=1, retries=1)
IMPATIENT_WRITING = replace(WRITING, connect=0.5, silence=5, request=20, retry=1, retries=1)


@pytest.fixture
def kept_in(gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., KeptBucket]:
    """Give a function that opens a store in a bucket of this test alone."""
    name = f"open-{hashlib.md5(str(tmp_path).encode(), usedforsecurity=False).hexdigest()[:12]}"
    make_bucket(gateway, name, acl="public-read-write")
    monkeypatch.setenv("GOOGLE_SKIP_SIGNATURE", "true")

    def opened(port: int = 0) -> KeptBucket:
        url = f"gs://{name}/some/where?endpoint=http://127.0.0.1:{port or gateway.port}&allow_http=true"
        return KeptBucket(Bucket(place_of(url), IMPATIENT, IMPATIENT_WRITING), tmp_path / "incoming")

    return opened


def put(store: KeptBucket, data: bytes) -> str:
    """Put bytes into a store and return their key."""
    with Incoming(store.incoming) as incoming:
        incoming.write(data)
        store.put(incoming)
        return incoming.key


@pytest.mark.parametrize("size", [1, 100_000, (8 << 20) + 1, 40 << 20])
def test_what_was_put_is_read_back(kept_in: Callable[..., KeptBucket], size: int) -> None:
    """An object that was put is there with all its bytes, under its key and no other, sent in one part or in many."""
    kept = kept_in()
    data = os.urandom(size)
    key = put(kept, data)
    assert list(dict(kept.keys())) == [key]
    assert all(abs(when - time.time()) < 60 for when in dict(kept.keys()).values())
    with kept.open(key) as stored:
        assert stored.size == size
        assert stored.read_at(0, size + 1) == data
        assert stored.read_at(size - 1, 5) == data[-1:]
    kept.erase(key)
    kept.erase(key)
    assert list(kept.keys()) == []
    with pytest.raises(MissingObjectError), kept.open(key) as stored:
        stored.read_at(0, 1)


def test_a_frame_costs_one_ranged_read(gateway: Gateway, kept_in: Callable[..., KeptBucket]) -> None:
    """Reading a frame is one request, for just its bytes; opening is none."""
    data = os.urandom(3 << 20)
    key = put(kept_in(), data)
    with relayed(gateway.port) as relay, kept_in(relay.port).open(key) as stored:
        stored.stamp()
        assert relay.requests == []
        assert stored.read_at(1_000_000, 524_288) == data[1_000_000:1_524_288]
        assert relay.requests == [("GET", "bytes=1000000-1524287")]


def test_a_server_that_is_away(gateway: Gateway, kept_in: Callable[..., KeptBucket]) -> None:
    """Reads and writes end in time, with what the doors make 503 of; all is right again afterwards."""
    kept = kept_in()
    key = put(kept, b"x" * 1000)
    gateway.freeze()
    try:
        began = time.monotonic()
        with pytest.raises(UnreadableError), kept.open(key) as stored:
            stored.read_at(0, 1000)
        with pytest.raises(BucketError):
            put(kept, b"y" * 1000)
        assert time.monotonic() - began < 30
    finally:
        gateway.thaw()
    with kept.open(key) as stored:
        assert stored.read_at(0, 1000) == b"x" * 1000
