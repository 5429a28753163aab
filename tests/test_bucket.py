"""URLs of buckets."""

from __future__ import annotations

import re
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from openwado.archive.kept_bucket import KeptBucket
from openwado.archive.kept_folder import KeptFolder
from openwado.archive.store_opening import UnknownStore, open_store
from openwado.assemble import assemble
from openwado.bucket import READING, Bucket, BucketError
from openwado.bucket_url import Place, place_of
from openwado.cache_wiring import open_shared_cache
from openwado.config import Settings, SettingsError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("s3://b", Place("s3", "b")),
        ("s3://b/a/b%20c/", Place("s3", "b", "a/b c")),
        ("s3://b?region=eu-west-1", Place("s3", "b", "", {"region": "eu-west-1"})),
        (
            "s3://b/p?endpoint=http://h:1&allow_http=true&virtual_hosted_style=false",
            Place("s3", "b", "p", {"endpoint": "http://h:1", "virtual_hosted_style_request": "false"}, allow_http=True),
        ),
        ("az://c/p?account=a", Place("az", "c", "p", {"account_name": "a"})),
        ("gs://b/p?endpoint=https://h", Place("gs", "b", "p", {"base_url": "https://h"})),
    ],
)
def test_a_url_names_a_bucket(url: str, place: Place) -> None:
    """Scheme, bucket, prefix, and the words of each scheme."""
    assert place_of(url) == place


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("s3://", "name of the bucket"),
        ("s3://key:hush@b", "credentials stand in the environment"),
        ("s3://b?secret_access_key=hush", "endpoint, region, virtual_hosted_style, allow_http"),
        ("s3://b?hush", "endpoint, region"),
        ("s3://b?region=", "with a value"),
        ("az://b?region=hush", "endpoint, account, allow_http"),
        ("s3://b?allow_http=hush", "true or false"),
        ("s3://b?endpoint=hush:9000", "https://host"),
        ("s3://b?endpoint=http://h:9000", "allow_http=true"),
        ("s3://b?endpoint=https://me:hush@h", "credentials stand in the environment"),
        ("ftp://hush", "s3://bucket/prefix"),
    ],
)
def test_a_wrong_url_is_refused_with_what_is_right(tmp_path: Path, url: str, said: str) -> None:
    """Nothing is read and ignored, and the message repeats nothing that might be a secret."""
    with pytest.raises(SettingsError, match=re.escape(said)) as caught:
        assemble(Settings(data=str(tmp_path), store=url))
    assert "hush" not in str(caught.value)


def test_the_shared_cache_is_checked_before_the_server_starts(tmp_path: Path) -> None:
    """A setting that names no bucket is said by the command."""
    with pytest.raises(SettingsError, match=r"cache_shared: .*s3://bucket/prefix"):
        open_shared_cache(Settings(data=str(tmp_path), cache_shared="/a/folder"))


def test_the_url_says_which_store(tmp_path: Path) -> None:
    """Folders stay folders; buckets gather what comes in on this machine."""
    assert isinstance(open_store(str(tmp_path), tmp_path / "in", tmp_path / "store.mark"), KeptFolder)
    store = open_store("s3://b/p", tmp_path / "in", tmp_path / "store.mark")
    assert isinstance(store, KeptBucket)
    assert store.incoming == tmp_path / "in"


def test_buckets_need_their_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the message says what to install."""
    monkeypatch.setattr("openwado.bucket.is_installed", lambda: False)
    with pytest.raises(UnknownStore, match=r"openwado\[cloud\]"):
        open_store("s3://b", tmp_path, tmp_path / "store.mark")


@pytest.mark.parametrize(
    ("url", "environment", "asked"),
    [
        ("az://box/p?account=me", {"AZURE_STORAGE_ACCOUNT_KEY": "c2VjcmV0"}, b"/box/p/objects/x"),
        ("gs://box/p", {"GOOGLE_SKIP_SIGNATURE": "true"}, b"/box/p%2Fobjects%2Fx"),
    ],
)
def test_other_services_are_asked_at_their_own_addresses(
    monkeypatch: pytest.MonkeyPatch, url: str, environment: dict[str, str], asked: bytes
) -> None:
    """Azure and Google clients ask the endpoint of the URL for container and name; 404 is what is missing."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        seen: list[bytes] = []

        def answer() -> None:
            client, _ = listener.accept()
            with client:
                seen.append(client.recv(1 << 16))
                client.sendall(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        endpoint = f"endpoint=http://127.0.0.1:{listener.getsockname()[1]}&allow_http=true"
        bucket = Bucket(place_of(f"{url}{'&' if '?' in url else '?'}{endpoint}"), READING, READING)
        with pytest.raises(BucketError, match="status 404"):
            bucket.get("objects/x", 5, 10)
    assert seen[0].startswith(b"GET " + asked + b" ")
    assert b"range: bytes=5-14" in seen[0].lower()
