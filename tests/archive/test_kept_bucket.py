"""Kept objects in a bucket of a real S3 server."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bucket_checks import (
    IMPATIENT,
    IMPATIENT_WRITING,
    SIZES,
    check_that_a_frame_costs_one_ranged_read,
    check_that_what_was_put_is_read_back,
    put,
)
from ceph import ACCESS_KEY, SECRET_KEY, make_bucket
from counting_proxy import relayed
from openwado.archive.incoming import Incoming
from openwado.archive.kept_bucket import KeptBucket
from openwado.archive.kept_objects import kept_key
from openwado.archive.store import MissingObjectError, UnreadableError
from openwado.bucket import READING, WRITING, Bucket, BucketError
from openwado.bucket_url import place_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ceph import Gateway
    from openwado.bucket import Patience

pytestmark = pytest.mark.xdist_group("ceph")

VERY_IMPATIENT_WRITING = replace(IMPATIENT_WRITING, silence=0.5, request=3)


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)


@pytest.fixture
def kept_in(gateway: Gateway, tmp_path: Path) -> Callable[..., KeptBucket]:
    """Give a function that opens a store in a bucket of this test alone."""
    name = f"kept-{hashlib.md5(str(tmp_path).encode(), usedforsecurity=False).hexdigest()[:12]}"
    make_bucket(gateway, name)

    def opened(port: int = 0, writing: Patience = IMPATIENT_WRITING) -> KeptBucket:
        url = gateway.url(name, "some/where").replace(str(gateway.port), str(port or gateway.port))
        return KeptBucket(Bucket(place_of(url), IMPATIENT, writing), tmp_path / "incoming")

    return opened


@pytest.mark.parametrize("size", SIZES)
def test_what_was_put_is_read_back(kept_in: Callable[..., KeptBucket], size: int) -> None:
    """An object that was put is there with all its bytes, under its key and no other, sent in one part or in many."""
    check_that_what_was_put_is_read_back(kept_in(), size)


def test_a_frame_costs_one_ranged_read(gateway: Gateway, kept_in: Callable[..., KeptBucket]) -> None:
    """Reading a frame is one request, for just its bytes; opening is none; small reads share one."""
    with relayed(gateway.port) as relay:
        store = kept_in(relay.port)
        check_that_a_frame_costs_one_ranged_read(store, relay)
        data = os.urandom(3 << 20)
        with store.open(put(store, data)) as stored:
            relay.requests.clear()
            for place in range(0, 200_000, 100):
                assert stored.read_at(place, 100) == data[place : place + 100]
            assert [method for method, _ in relay.requests] == ["GET", "GET"]


def test_an_object_of_another_size_is_not_read(
    gateway: Gateway, kept_in: Callable[..., KeptBucket], tmp_path: Path
) -> None:
    """What the bucket has under a key with other bytes than the key tells of is missing, and never an answer."""
    del gateway
    store = kept_in()
    key = put(store, b"x" * 1000)
    digest = hashlib.sha256(b"y" * 2000).hexdigest()
    other = kept_key(digest, 2000)
    file = tmp_path / "short"
    file.write_bytes(b"y" * 1500)
    store._bucket.put(f"objects/{other[1:]}.dcm", file)
    with pytest.raises(MissingObjectError, match="1500 bytes"), store.open(other) as stored:
        stored.read_at(0, 10)
    with store.open(key) as stored:
        assert stored.read_at(0, 1000) == b"x" * 1000


@pytest.mark.parametrize("way", ["frozen", "killed"])
def test_a_server_that_is_away(gateway: Gateway, kept_in: Callable[..., KeptBucket], way: str) -> None:
    """Nothing hangs: reading and putting fail within their time, in words without secrets, and work again later."""
    store = kept_in()
    key = put(store, b"a" * 100_000)
    impatient = kept_in(writing=VERY_IMPATIENT_WRITING)
    if way == "frozen":
        gateway.freeze()
    else:
        gateway.stop()
    try:
        began = time.monotonic()
        with pytest.raises(UnreadableError) as caught, store.open(key) as stored:
            stored.read_at(0, 100_000)
        assert not isinstance(caught.value, MissingObjectError)
        with pytest.raises(OSError, match="PUT of the object store"):
            put(impatient, b"b" * 1000)
        with pytest.raises(OSError, match="LIST of the object store"):
            list(impatient.keys())
        with pytest.raises(OSError, match="DELETE of the object store"):
            impatient.erase(kept_key("0" * 64, 1))
        assert time.monotonic() - began < 40  # a bound of patience, not of speed
    finally:
        if way == "frozen":
            gateway.thaw()
        else:
            gateway.start()
    with store.open(key) as stored:
        assert stored.read_at(0, 100_000) == b"a" * 100_000
    put(store, b"b" * 1000)
    assert len(dict(store.keys())) == 2  # what a server that stood still had taken, it may do after all


def test_an_upload_that_ends_early_leaves_nothing_to_be_seen(
    gateway: Gateway, kept_in: Callable[..., KeptBucket], tmp_path: Path
) -> None:
    """A process that is killed while it puts an object leaves no part of it under its key."""
    store = kept_in()
    with Incoming(store.incoming) as incoming:
        block = os.urandom(1 << 20)
        for number in range(64):
            incoming.write(number.to_bytes(4, "big") + block)
        with relayed(gateway.port) as relay:
            url = _url_of(kept_in(relay.port))
            code = f"from openwado.bucket import Bucket, place_of; from pathlib import Path; Bucket(place_of({url!r})).put('objects/{incoming.key[1:]}.dcm', Path({str(incoming.path)!r}))"  # noqa: E501 -- a program
            process = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path)
            while process.poll() is None and [method for method, _ in relay.requests].count("PUT") < 3:
                time.sleep(0.01)
            process.kill()
            assert process.wait() != 0
        assert list(store.keys()) == []
        store.put(incoming)
        assert list(dict(store.keys())) == [incoming.key]


def test_words_of_errors_have_no_secrets(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the server says of a wrong signature is not repeated: it may quote the request."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another-secret")
    bucket = Bucket(place_of(gateway.url("some-bucket")), IMPATIENT, IMPATIENT_WRITING)
    with pytest.raises(BucketError) as caught:
        bucket.get("a", 0, 1)
    assert str(caught.value) == "GET of the object store: PermissionDeniedError, status 403"
    assert caught.value.__cause__ is None


def test_a_fork_of_a_process_that_has_asked_says_so(kept_in: Callable[..., KeptBucket]) -> None:
    """The library does not survive a fork: a process that would hang fails instead."""
    store = kept_in()
    key = put(store, b"a" * 10)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with store.open(key) as stored:
                stored.read_at(0, 10)
        except OSError as error:
            os.write(write, str(error).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert b"forked" in os.read(read, 1000)
    os.close(read)
    os.close(write)


def test_reading_takes_less_time_than_a_picture_may() -> None:
    """With all tries, a read of a server that stands still ends before the deadline of a render process (30 s)."""
    assert READING.retry + READING.silence + READING.connect < 30
    assert WRITING.retry + WRITING.request < 120


def _url_of(store: KeptBucket) -> str:
    place = store._bucket._place
    return f"s3://{place.bucket}/{place.prefix}?endpoint={place.config['endpoint']}&region=default&allow_http=true"
