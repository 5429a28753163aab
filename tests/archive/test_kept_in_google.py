"""Kept objects by the protocol of Google Cloud Storage (its XML API), as far as Ceph's gateway speaks it.

What Google's own service adds is its signatures, which nothing here can check: the bucket is open to everybody.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from bucket_checks import (
    IMPATIENT,
    IMPATIENT_WRITING,
    SIZES,
    check_that_a_frame_costs_one_ranged_read,
    check_that_a_server_may_be_away,
    check_that_what_was_put_is_read_back,
)
from ceph import make_bucket, open_bucket_to_all
from counting_proxy import relayed
from openwado.archive.kept_bucket import KeptBucket
from openwado.bucket import Bucket
from openwado.bucket_url import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ceph import Gateway
    from counting_proxy import Relay

pytestmark = pytest.mark.xdist_group("ceph")


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


@pytest.mark.parametrize("size", SIZES)
def test_what_was_put_is_read_back(kept: KeptBucket, size: int) -> None:
    """An object that was put is there with all its bytes, under its key and no other, sent in one part or in many."""
    check_that_what_was_put_is_read_back(kept, size)


def test_a_frame_costs_one_ranged_read(relay: Relay, kept: KeptBucket) -> None:
    """Reading a frame is one request, for just its bytes; opening is none."""
    check_that_a_frame_costs_one_ranged_read(kept, relay)


def test_a_server_that_is_away(gateway: Gateway, kept: KeptBucket) -> None:
    """Reads and writes end in time, with what the doors make 503 of; all is right again afterwards."""
    check_that_a_server_may_be_away(kept, gateway.freeze, gateway.thaw)
