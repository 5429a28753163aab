"""DCMTK reads what we send: every object, and every transfer syntax that it knows."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.pixels.utils import pixel_array

from dcmtk import dcmtk, run_dcmtk

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import FileDataset

    from serving import RunningServer

pytestmark = pytest.mark.xdist_group("clients")

#: By the end of a transfer syntax: what decodes it, the object that is asked for in it, and what it may be off by.
DECODED = {
    "1": ("dcmconv", "head/1-ct-05", 0),
    "1.99": ("dcmconv", "head/1-ct-05", 0),
    "5": ("dcmdrle", "head/1-ct-05", 0),
    "4.50": ("dcmdjpeg", "heart/1-us-01", 1),
    "4.51": ("dcmdjpeg", "brain/1-mr-01", 200),
    "4.57": ("dcmdjpeg", "head/1-ct-05", 0),
    "4.70": ("dcmdjpeg", "head/1-ct-05", 0),
    "4.80": ("dcmdjpls", "head/1-ct-05", 0),
    "4.81": ("dcmdjpls", "head/1-ct-05", 20),
}
#: Those whose codec DCMTK has not, but whose data set it reads.
DATA_SET_ONLY = ("4.90", "4.91", "4.110", "4.112", "4.201", "4.202", "4.203")


def fetched(server: RunningServer, dataset: FileDataset, transfer_syntax: str, file: Path) -> Path:
    """Save an object."""
    uids = (dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SOPInstanceUID)
    answer = server.wado(uids, contentType="application/dicom", transferSyntax=transfer_syntax)
    assert answer.status_code == 200, answer.text
    file.write_bytes(answer.content)
    return file


def dumped(file: Path) -> str:
    """Return what dcmdump says of a file; a complaint fails the test."""
    ran = subprocess.run([dcmtk("dcmdump"), "+L", file], capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")
    return ran.stdout.decode("latin-1")


@pytest.mark.parametrize("end", DECODED)
def test_pixels_are_those_of_the_object(
    server: RunningServer, objects: dict[str, FileDataset], tmp_path: Path, end: str
) -> None:
    """An image that DCMTK decodes has the stored values; of a lossy transfer syntax, nearly."""
    decoder, name, off = DECODED[end]
    file = fetched(server, objects[name], f"1.2.840.10008.1.2.{end}", tmp_path / "sent.dcm")
    assert pydicom.dcmread(file).file_meta.TransferSyntaxUID == f"1.2.840.10008.1.2.{end}"
    run_dcmtk(decoder, *(["+te"] if decoder == "dcmconv" else []), file, tmp_path / "decoded.dcm")
    decoded = pixel_array(tmp_path / "decoded.dcm", index=0).astype(int)
    right = pixel_array(objects[name], index=0).astype(int)
    assert np.abs(decoded - right).max() <= off


@pytest.mark.parametrize("end", DATA_SET_ONLY)
def test_data_sets_of_newer_transfer_syntaxes_are_read(
    server: RunningServer, objects: dict[str, FileDataset], tmp_path: Path, end: str
) -> None:
    """What DCMTK cannot decode it reads to its end, fragments included."""
    syntax = f"1.2.840.10008.1.2.{end}"
    file = fetched(server, objects["head/1-ct-05"], syntax, tmp_path / "sent.dcm")
    assert "(fffe,e0dd)" in dumped(file)
    assert pydicom.dcmread(file).file_meta.TransferSyntaxUID == syntax


def test_every_object_is_a_file_of_dicom(
    server: RunningServer, objects: dict[str, FileDataset], tmp_path: Path
) -> None:
    """Dcmftest says yes to each of them, as it is stored and in Explicit VR Little Endian; dcmdump reads it wholly."""
    files = [
        fetched(server, dataset, syntax, tmp_path / f"{number}{syntax.replace('*', '-')}.dcm")
        for number, dataset in enumerate(objects.values())
        for syntax in ("*", "1.2.840.10008.1.2.1")
    ]
    ran = subprocess.run([dcmtk("dcmftest"), *files], capture_output=True, text=True, check=False)
    assert ran.stdout.splitlines() == [f"yes: {file}" for file in files]
    for file, dataset in zip(files[::2], objects.values(), strict=True):
        assert f"[{dataset.SOPInstanceUID}]" in dumped(file)


@pytest.mark.parametrize(
    ("tool", "name"),
    [
        ("dcm2pnm", "head/1-ct-05"),
        ("dcm2pnm", "head/2-pt-02"),
        ("dcmj2pnm", "chest/1-dx-01"),
        ("dcml2pnm", "brain/1-mr-01"),
    ],
)
def test_what_is_stored_is_drawn(
    server: RunningServer, objects: dict[str, FileDataset], tmp_path: Path, tool: str, name: str
) -> None:
    """The tools that draw pictures draw our objects, as large as they are and not all of one grey."""
    file = fetched(server, objects[name], "*", tmp_path / "sent.dcm")
    run_dcmtk(tool, "+Wi", "1", "+on", file, tmp_path / "drawn.png")
    with Image.open(tmp_path / "drawn.png") as drawn:
        assert drawn.size == (objects[name].Columns, objects[name].Rows)
        assert np.asarray(drawn).std() > 10
