"""Objects in Azure Blob Storage, as its emulator Azurite has it: nothing else changes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pydicom
import pytest

from azure_blobs import running_blob_server
from bucket_checks import (
    IMPATIENT,
    IMPATIENT_WRITING,
    SIZES,
    check_that_a_frame_costs_one_ranged_read,
    check_that_a_server_may_be_away,
    check_that_what_was_put_is_read_back,
)
from counting_proxy import relayed
from made_objects import SERIES, STUDY, write_object
from openwado.archive.kept_bucket import KeptBucket
from openwado.archive.kept_objects import kept_key
from openwado.archive.store import MissingObjectError
from openwado.bucket import Bucket, BucketError
from openwado.bucket_url import place_of
from stowing import parts_of, store, uids_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from azure_blobs import BlobServer
    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("azure")

STORED = {"contentType": "application/dicom", "transferSyntax": "*"}


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlobServer]:
    """Give a server of blobs; skip where it is not installed."""
    yield from running_blob_server(tmp_path_factory.mktemp("azure"))


@pytest.fixture
def kept_in(azure: BlobServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., KeptBucket]:
    """Give a function that opens a store in a container of this test alone."""
    name = f"kept-{hashlib.md5(str(tmp_path).encode(), usedforsecurity=False).hexdigest()[:12]}"
    azure.make_container(name)
    for variable, value in azure.environment.items():
        monkeypatch.setenv(variable, value)

    def opened(port: int = 0) -> KeptBucket:
        url = azure.url(name, "some/where").replace(str(azure.port), str(port or azure.port))
        return KeptBucket(Bucket(place_of(url), IMPATIENT, IMPATIENT_WRITING), tmp_path / "incoming")

    return opened


@pytest.mark.parametrize("size", SIZES)
def test_what_was_put_is_read_back(kept_in: Callable[..., KeptBucket], size: int) -> None:
    """An object that was put is there with all its bytes, under its key and no other, sent in one part or in many."""
    check_that_what_was_put_is_read_back(kept_in(), size)


def test_a_frame_costs_one_ranged_read(azure: BlobServer, kept_in: Callable[..., KeptBucket]) -> None:
    """Reading a frame is one request, for just its bytes; opening is none."""
    with relayed(azure.port) as relay:
        check_that_a_frame_costs_one_ranged_read(kept_in(relay.port), relay)


def test_an_object_of_another_size_is_not_read(kept_in: Callable[..., KeptBucket]) -> None:
    """What the container has under a key with other bytes than the key tells of is missing, and never an answer."""
    kept = kept_in()
    other = kept_key(hashlib.sha256(b"y" * 2000).hexdigest(), 2000)
    kept._bucket.put(f"objects/{other[1:]}.dcm", b"y" * 1500)
    with pytest.raises(MissingObjectError, match="1500 bytes"), kept.open(other) as stored:
        stored.read_at(0, 10)


@pytest.mark.parametrize("way", ["ended", "frozen"])
def test_a_server_that_is_away(azure: BlobServer, kept_in: Callable[..., KeptBucket], way: str) -> None:
    """Reads and writes end in time, with what the doors make 503 of; all is right again afterwards."""
    leave, back = (azure.stop, azure.start) if way == "ended" else (azure.freeze, azure.thaw)
    check_that_a_server_may_be_away(kept_in(), leave, back)


def test_words_of_errors_have_no_secrets(azure: BlobServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is not right is an error of the store, and neither key nor signature is in its words."""
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "aHVzaC1odXNoLWh1c2g=")
    bucket = Bucket(place_of(azure.url("nowhere")), IMPATIENT, IMPATIENT_WRITING)
    with pytest.raises(BucketError, match="403") as caught:
        bucket.get("name", 0, 10)
    assert not any(word in str(caught.value).lower() for word in ("hush", "ahvzac", "signature", "sharedkey"))


def test_a_server_over_a_container(
    azure: BlobServer, samples: Path, start_server: Callable[..., RunningServer], tmp_path: Path
) -> None:
    """Imported and sent in, answered as from files, looked through by `verify`, deleted; 503 while it is away."""
    azure.make_container("served")
    data = tmp_path / "data"
    environment = azure.environment | {"OPENWADO_STORE": azure.url("served", "kept"), "OPENWADO_DATA": str(data)}
    environment |= {"OPENWADO_CACHE_SHARED": azure.url("served", "shared")}

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "openwado", *map(str, words)]
        return subprocess.run(command, env=os.environ | environment, check=False, capture_output=True, text=True)

    assert run("import", samples).returncode == 0
    there, here = start_server("--stow", "--data", data, **environment), start_server(samples)
    made = write_object(tmp_path / "made.dcm", "1.2.3.9.1").read_bytes()
    assert uids_of(store(there, parts_of(made))) == ["1.2.3.9.1"]
    assert there.wado((STUDY, SERIES, "1.2.3.9.1"), **STORED).content == made
    for path in sorted(path for path in samples.rglob("*") if path.is_file())[::3]:  # Ceph's gateway is asked for all
        found = pydicom.dcmread(path, stop_before_pixels=True)
        uids = (str(found.StudyInstanceUID), str(found.SeriesInstanceUID), str(found.SOPInstanceUID))
        for parameters in ({}, STORED):
            one, other = there.wado(uids, **parameters), here.wado(uids, **parameters)
            assert (one.status_code, one.content) == (other.status_code, other.content), (path, parameters)
    azure.freeze()
    try:
        with ThreadPoolExecutor(1) as thread:
            waiting = thread.submit(there.wado, (STUDY, SERIES, "1.2.3.9.1"), contentType="image/png", columns="7")
            assert there.client.get("/health", timeout=5).status_code == 200
            assert waiting.result().status_code == 503
    finally:
        azure.thaw()
    assert there.wado((STUDY, SERIES, "1.2.3.9.1"), contentType="image/png", columns="7").status_code == 200
    verified = run("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert run("delete", "--object", "1.2.3.9.1", "--yes").returncode == 0
    assert there.wado((STUDY, SERIES, "1.2.3.9.1"), **STORED).status_code == 410
