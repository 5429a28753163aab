"""The example configurations, started for real: two servers on one database and one bucket, and nginx before them.

`make cluster` runs this.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier
from typing import TYPE_CHECKING

import httpx
import numpy as np
import psycopg
import pytest

from cluster import BUCKET, ask, running_cluster
from cluster_load import Load
from made_objects import write_object
from openwado.bucket import Bucket
from openwado.bucket_url import place_of
from stowing import FAILED, MULTIPART, STORED, parts_of, reasons_of, uids_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ceph import Gateway
    from cluster import Cluster, Node
    from postgresql_server import PostgresqlServer

pytestmark = pytest.mark.xdist_group("ceph")

STUDY, SERIES = "1.2.9.1", "1.2.9.2"
PICTURE = {"contentType": "image/jpeg"}
AS_STORED = {"contentType": "application/dicom", "transferSyntax": "*"}

#: Rows and columns of objects in the load: answers that fit into nginx's buffers, and some that do not.
SIDES = (64,) * 12 + (256,) * 12 + (1024,) * 4

_uids = (f"1.2.9.3.{number}" for number in count(1))


@pytest.fixture(scope="module")
def cluster(
    tmp_path_factory: pytest.TempPathFactory, postgresql: PostgresqlServer, gateway: Gateway
) -> Iterator[Cluster]:
    """Start everything, both servers at the same time on an empty database."""
    with running_cluster(tmp_path_factory.mktemp("cluster"), postgresql, gateway) as started:
        yield started


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., bytes]:
    """Give a function that makes an object of noise: of a UID, a number that changes its bytes, rows and columns."""

    def make(uid: str, seed: int = 0, side: int = 64, series: str = SERIES) -> bytes:
        noise = np.random.default_rng(seed).integers(0, 4096, (side, side), np.uint16)
        path = tmp_path / "made.dcm"
        write_object(path, uid, STUDY, series, Rows=side, Columns=side, PixelData=noise.tobytes())
        return path.read_bytes()

    return make


def store(client: httpx.Client, *objects: bytes) -> httpx.Response:
    """Store objects by STOW-RS."""
    return client.post("/studies", content=parts_of(*objects), headers={"Content-Type": MULTIPART})


def of(uid: str) -> tuple[str, str, str]:
    """Return the three UIDs of an object."""
    return STUDY, SERIES, uid


def test_both_servers_started_on_an_empty_database(cluster: Cluster) -> None:
    """One of them made the tables, once, and neither has anything to complain of."""
    with psycopg.connect(cluster.index) as connection:
        assert len(connection.execute("SELECT * FROM openwado.program").fetchall()) == 1
    for node in cluster.nodes:
        assert "Traceback" not in node.log
        assert " error " not in node.log


@pytest.mark.parametrize("way", ["first", "second", "nginx"])
def test_what_is_stored_is_answered_at_once_by_all(cluster: Cluster, made: Callable[..., bytes], way: str) -> None:
    """Byte for byte, also where a server has just said that there is no such object (PS3.18 8.3.4)."""
    through = dict(zip(("first", "second", "nginx"), cluster.clients, strict=True))[way]
    for _ in range(5):
        uid = next(_uids)
        data = made(uid)
        assert [ask(client, of(uid), **AS_STORED).status_code for client in cluster.clients] == [404] * 3
        assert uids_of(store(through, data)) == [uid]
        for client in cluster.clients:
            assert ask(client, of(uid), **AS_STORED).content == data
        pictures = [ask(client, of(uid), **PICTURE) for client in cluster.clients]
        assert {one.status_code for one in pictures} == {200}
        assert len({(one.content, one.headers["etag"]) for one in pictures}) == 1


def test_what_is_deleted_is_gone_at_once_from_all(cluster: Cluster, made: Callable[..., bytes]) -> None:
    """410 from each, also where a picture of it is kept; stored again through either, it is there again."""
    uid = next(_uids)
    data = made(uid)
    store(cluster.servers[0], data)
    for client in cluster.clients:
        assert ask(client, of(uid), **PICTURE).status_code == 200
    cluster.nodes[0].command("delete", "--object", uid, "--yes")
    for client in cluster.clients:
        assert ask(client, of(uid), **PICTURE).status_code == 410
        assert ask(client, of(uid), **AS_STORED).status_code == 410
    assert uids_of(store(cluster.servers[1], data)) == [uid]
    for client in cluster.clients:
        assert ask(client, of(uid), **AS_STORED).content == data


def test_what_is_replaced_is_another_one_at_once_for_all(
    cluster: Cluster, made: Callable[..., bytes], tmp_path: Path
) -> None:
    """Object, picture and ETag are those of the new bytes; what clients kept of the old ones is not valid any more."""
    uid = next(_uids)
    store(cluster.servers[0], made(uid, seed=1))
    before = [ask(client, of(uid), **PICTURE) for client in cluster.clients]
    other = made(uid, seed=2)
    path = tmp_path / "other.dcm"
    path.write_bytes(other)
    cluster.nodes[1].command("import", path, OPENWADO_DUPLICATES="replace")
    for client in cluster.clients:
        assert ask(client, of(uid), **AS_STORED).content == other
    after = [ask(client, of(uid), **PICTURE) for client in cluster.clients]
    assert len({one.content for one in before}) == len({one.content for one in after}) == 1
    assert before[0].content != after[0].content
    etag = {"If-None-Match": before[0].headers["etag"]}
    for client in cluster.clients:
        assert client.get(after[0].url.raw_path.decode(), headers=etag).status_code == 200


def test_of_several_with_the_same_uid_one_wins(cluster: Cluster, made: Callable[..., bytes]) -> None:
    """All others hear 0111H, by whichever server; both servers have the winner's bytes, whole (PS3.18 10.5.3)."""
    writers = 6
    for _ in range(4):
        uid = next(_uids)
        objects = [made(uid, seed) for seed in range(writers)]
        together = Barrier(writers)

        def write(number: int, objects: list[bytes] = objects, together: Barrier = together) -> httpx.Response:
            with httpx.Client(base_url=cluster.nodes[number % 2].url, timeout=60) as client:
                together.wait()
                return store(client, objects[number])

        with ThreadPoolExecutor(writers) as threads:
            answers = list(threads.map(write, range(writers)))
        won = [number for number, answer in enumerate(answers) if uids_of(answer, STORED) == [uid]]
        assert len(won) == 1, [answer.text for answer in answers]
        lost = [answer for number, answer in enumerate(answers) if number not in won]
        assert all((answer.status_code, reasons_of(answer, FAILED)) == (409, [0x0111]) for answer in lost)
        for client in cluster.clients:
            assert ask(client, of(uid), **AS_STORED).content == objects[won[0]]


def test_an_object_that_cannot_be_read_takes_no_server_away(cluster: Cluster, made: Callable[..., bytes]) -> None:
    """Its 503 reach whoever asks; all else is answered meanwhile; the same bytes mend it."""
    uid, other = next(_uids), next(_uids)
    store(cluster.front, made(uid, seed=3))
    os.environ.update(cluster.gateway.environment)
    bucket = Bucket(place_of(cluster.gateway.url(BUCKET, "objects")))
    names = {name for name, _ in bucket.names("")}
    data = made(other, seed=4)
    store(cluster.front, data)
    stored_last = {name for name, _ in bucket.names("")} - names
    assert len(stored_last) == 1
    bucket.erase(stored_last.pop())
    for _ in range(5):
        assert ask(cluster.front, of(other), **AS_STORED).status_code == 503
        assert ask(cluster.front, of(uid), **PICTURE).status_code == 200
        assert cluster.front.get("/health").status_code == 200
    assert store(cluster.front, data).status_code == 200
    assert ask(cluster.front, of(other), **AS_STORED).content == data


def test_servers_killed_under_load(cluster: Cluster, made: Callable[..., bytes]) -> None:
    """No request is lost that can be asked again, no byte is wrong, and whatever was acknowledged is there.

    One server is killed with all its processes and started again, then the other. Broken are only connections on which
    an answer was coming.
    """
    objects: dict[tuple[str, str, str], bytes] = {}
    for number, side in enumerate(SIDES):
        uids = (STUDY, f"{SERIES}.{number}", next(_uids))  # a series each, for nginx sends a series to one server
        objects[uids] = made(uids[2], number, side, uids[1])
        assert store(cluster.front, objects[uids]).status_code == 200
    template = made("1.2.9.4.1000000", side=128)
    sent: dict[str, bytes] = {}

    numbers = count(10**6 + 1)

    def another() -> tuple[str, bytes]:
        uid = f"1.2.9.4.{next(numbers)}"
        sent[uid] = template.replace(b"1.2.9.4.1000000", uid.encode())
        return uid, sent[uid]

    with Load(cluster.nginx.url, list(objects), another) as counts:
        for node in cluster.nodes:
            wait_until_asked(node)
            time.sleep(1)
            node.kill()
            time.sleep(1)
            node.start()
            node.wait()
            wait_until_asked(node)  # as long as nginx leaves it alone, the other one is the only one it has
    print(f"\n{counts.answered} answered, {counts.broken} broken, {len(counts.stored)} of {len(sent)} stored")
    assert counts.failures == []
    assert counts.answered > 200
    assert counts.broken <= 16  # no more connections than there are clients, at each of two kills
    assert "upstream" in cluster.nginx.log.read_text(encoding="utf-8")  # it had something to do
    assert len(counts.stored) > 10
    for client in cluster.servers:
        with ThreadPoolExecutor(4) as threads:
            wanted = threads.map(lambda query, client=client: digest_of(client, dict(query)), counts.digests)
            assert list(wanted) == list(counts.digests.values())
            kept = threads.map(lambda uid, client=client: ask(client, of(uid), **AS_STORED).content, counts.stored)
            assert list(kept) == [sent[uid] for uid in counts.stored]
    for uids, data in objects.items():
        assert ask(cluster.front, uids, **AS_STORED).content == data
    # For a day, bytes without an entry may be left of stores that were refused or broken off; nothing else is wrong.
    found = cluster.nodes[0].command("verify", "--repair", statuses=(0, 1))
    assert re.search(r"\d+ (missing|damaged|deleted|outdated)", found) is None, found
    assert int(re.findall(r"(\d+) sound", found)[0]) >= len(counts.stored) + len(objects)


def digest_of(client: httpx.Client, query: dict[str, str]) -> str:
    """Return the digest of an answer."""
    answer = client.get("/wado", params=query)
    assert answer.status_code == 200
    return hashlib.sha256(answer.content).hexdigest()


def wait_until_asked(node: Node) -> None:
    """Wait until nginx sends requests to a server, as it does some time after that is back."""
    before = node.log.count(" request ")
    deadline = time.monotonic() + 20
    while node.log.count(" request ") <= before + 5:
        assert time.monotonic() < deadline, "nginx does not ask the server"
        time.sleep(0.1)
