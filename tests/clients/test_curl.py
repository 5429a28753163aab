"""curl: pictures and objects into files, resumed, asked for again, and their heads alone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pydicom
import pytest
from PIL import Image

from serving import wado_parameters

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import FileDataset

    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("clients")


def curl(*arguments: object) -> str:
    """Run curl; return what it prints."""
    program = shutil.which("curl")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("curl is not installed")
        pytest.skip("curl is not installed")
    ran = subprocess.run([program, "-sS", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def address(server: RunningServer, dataset: FileDataset, **parameters: str) -> str:
    """Return an address."""
    uids = (dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SOPInstanceUID)
    return f"{server.url}/wado?{urlencode(wado_parameters(uids) | parameters)}"


@pytest.mark.parametrize(("media_type", "suffix"), [("image/jpeg", "jpg"), ("image/png", "png")])
def test_a_picture_is_saved_under_its_name(
    server: RunningServer, objects: dict[str, FileDataset], tmp_path: Path, media_type: str, suffix: str
) -> None:
    """`-OJ` takes the name that the answer proposes: the object's UID, and what the picture is."""
    dataset = objects["brain/1-mr-02"]
    told = curl(
        "-OJ", "--output-dir", tmp_path, "-w", "%{content_type} %{num_redirects}",
        address(server, dataset, contentType=media_type),
    )  # fmt: skip
    assert told == f"{media_type} 0"
    with Image.open(tmp_path / f"{dataset.SOPInstanceUID}.{suffix}") as picture:
        assert picture.size == (320, 320)


def test_an_object_is_resumed(server: RunningServer, objects: dict[str, FileDataset], tmp_path: Path) -> None:
    """`-C -` goes on where a download broke off: 206, and the whole is the object."""
    dataset, file = objects["head/1-ct-05"], tmp_path / "object.dcm"
    url = address(server, dataset, contentType="application/dicom", transferSyntax="*")
    curl("-o", file, url)
    whole = file.read_bytes()
    file.write_bytes(whole[:300_000])
    assert curl("-C", "-", "-o", file, "-w", "%{http_code}", url) == "206"
    assert file.read_bytes() == whole
    assert pydicom.dcmread(file) == dataset


def test_what_has_not_changed_is_not_sent_again(
    server: RunningServer, objects: dict[str, FileDataset], tmp_path: Path
) -> None:
    """`--etag-save` and `--etag-compare`: 304 and no byte, for pictures and objects."""
    for media_type in ("image/jpeg", "application/dicom"):
        url = address(server, objects["head/1-ct-05"], contentType=media_type)
        tag = tmp_path / "etag"
        saved = curl("--etag-save", tag, "-o", tmp_path / "first", "-w", "%{http_code}", url)
        compared = curl("--etag-compare", tag, "-o", tmp_path / "again", "-w", "%{http_code} %{size_download}", url)
        assert (saved, compared) == ("200", "304 0")


def test_a_head_is_that_of_the_answer(server: RunningServer, objects: dict[str, FileDataset], tmp_path: Path) -> None:
    """`-I`: type, length and entity tag are those of GET."""
    url = address(server, objects["brain/2-mr-01"])
    head = curl("-I", url)
    body = curl("-D", tmp_path / "head", "-o", tmp_path / "body", "-w", "%{size_download}", url)
    for name in ("content-type", "content-length", "etag"):
        field = re.compile(f"^{name}: .*$", re.MULTILINE | re.IGNORECASE)
        assert field.findall(head.replace("\r", "")) == field.findall((tmp_path / "head").read_text())
    assert f"content-length: {body}\n" in head.replace("\r", "").lower()


def test_errors_fail_with_a_sentence(server: RunningServer, objects: dict[str, FileDataset]) -> None:
    """`--fail-with-body` ends with an error, and prints what was wrong."""
    url = address(server, objects["brain/2-mr-01"], windowCenter="40")
    program = shutil.which("curl") or pytest.skip("curl is not installed")
    ran = subprocess.run([program, "-sS", "--fail-with-body", url], capture_output=True, text=True, check=False)
    assert ran.returncode == 22
    assert "windowWidth" in ran.stdout
