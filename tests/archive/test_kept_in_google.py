"""Kept objects by the protocol of Google Cloud Storage (its XML API), as far as Ceph's gateway speaks it.

What Google's own service adds is its signatures, which nothing here can check: the bucket is open to everybody.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ceph import make_bucket, open_bucket_to_all
from counting_proxy import relayed
from openwado.archive.incoming import Incoming
from openwado.archive.kept_bucket import KeptBucket
from openwado.archive.store import MissingObjectError, UnreadableError
from openwado.bucket import READING, WRITING, Bucket, BucketError
from openwado.bucket_url import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceph import Gateway
    from counting_proxy import Relay

pytestmark = pytest.mark.xdist_group("ceph")

IMPATIENT = replace(READING, connect=0.5, silence=0.5, retry=1, retries=1)
IMPATIENT_WRITING = replace(WRITING, connect=0.5, silence=5, request=20, retry=1, retries=1)


@pytest.fixture
def relay(gateway: Gateway) -> Iterator[Relay]:
    """Give a way to the gateway on which the token is taken away that the library sends where it has none."""
    with relayed(gateway.port, b"authorization: Bearer \r\n") as open_to_all:
        yield open_to_all


@pytest.fixture
def kept(gateway: Gateway, relay: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeptBucket:
    """Return a store in a bucket of this test alone."""
    name = f"open-{hashlib.md5(str(tmp_path).encode(), usedforsecurity=False).hexdigest()[:12]}"
    make_bucket(gateway, name)
    open_bucket_to_all(gateway, name)
    endpoint = f"http://127.0.0.1:{relay.port}"
    nobody = {"disable_oauth": True, "gcs_base_url": endpoint, "client_email": "", "private_key": ""}
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT_KEY", json.dumps(nobody | {"private_key_id": ""}))
    place = place_of(f"gs://{name}/some/where?endpoint={endpoint}&allow_http=true")
    return KeptBucket(Bucket(place, IMPATIENT, IMPATIENT_WRITING), tmp_path / "incoming")


def put(store: KeptBucket, data: bytes) -> str:
    """Put bytes into a store and return their key."""
    with Incoming(store.incoming) as incoming:
        incoming.write(data)
        store.put(incoming)
        return incoming.key


@pytest.mark.parametrize("size", [1, 100_000, (8 << 20) + 1, 40 << 20])
def test_what_was_put_is_read_back(kept: KeptBucket, size: int) -> None:
    """An object that was put is there with all its bytes, under its key and no other, sent in one part or in many."""
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


def test_a_frame_costs_one_ranged_read(relay: Relay, kept: KeptBucket) -> None:
    """Reading a frame is one request, for just its bytes; opening is none."""
    data = os.urandom(3 << 20)
    key = put(kept, data)
    relay.requests.clear()
    with kept.open(key) as stored:
        stored.stamp()
        assert relay.requests == []
        assert stored.read_at(1_000_000, 524_288) == data[1_000_000:1_524_288]
        assert relay.requests == [("GET", "bytes=1000000-1524287")]


def test_a_server_that_is_away(gateway: Gateway, kept: KeptBucket) -> None:
    """Reads and writes end in time, with what the doors make 503 of; all is right again afterwards."""
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
