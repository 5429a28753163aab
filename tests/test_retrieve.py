"""What a request is prepared to: in which lane it is made, by which tag it is known, and how it is refused."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGLSLossless, JPEGLSNearLossless

from made_objects import SERIES, STUDY, overlay_elements, write_object
from openwado.archive.archive import Archive
from openwado.archive.file_store import FileStore, key_of
from openwado.archive.sqlite import SqliteIndex
from openwado.assemble import retriever_of
from openwado.config import Settings
from openwado.errors import NotAcceptable, NotSupported
from openwado.ingest import read_file
from openwado.lanes import Lane
from openwado.produce import produce

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from openwado.retrieve import Prepared

UID = "1.2.7.1"
DICOM = {"contentType": "application/dicom"}


class Prepares:
    """Prepares requests for one object in an index of its own."""

    def __init__(self, path: Path) -> None:
        self.store = FileStore()
        self.index = SqliteIndex(path.with_suffix(".sqlite"))
        note = read_file(self.store, key_of(path))
        assert note.reading is not None, note.reason
        self.index.write([note])
        self.archive = Archive(self.index, self.store, lambda _key: None)

    def __call__(self, parameters: Mapping[str, str] = MappingProxyType({}), **settings: Any) -> Prepared:  # noqa: ANN401
        """Prepare a request to a server with settings."""
        uids = {"requestType": "WADO", "studyUID": STUDY, "seriesUID": SERIES, "objectUID": UID}
        retriever = retriever_of(Settings(**settings), self.archive)
        return retriever.prepare(urlencode({**uids, **parameters}), None, None)


def prepares(tmp_path: Path, **attributes: Any) -> Prepares:  # noqa: ANN401 -- attributes of any VR
    """Write an object and return what prepares requests for it."""
    return Prepares(write_object(tmp_path / "object.dcm", UID, **attributes))


def polygon(vertices: int) -> dict[str, Any]:
    """Return a shutter whose outline has many vertices."""
    numbers = [1, 1, 1, 4]
    for number in range(vertices - 2):
        numbers += [4, 4 - number % 2]
    return {"ShutterShape": "POLYGONAL", "VerticesOfThePolygonalShutter": numbers}


@pytest.mark.parametrize(
    ("attributes", "parameters", "lane"),
    [
        ({}, {}, Lane.PLAIN),
        ({}, {"contentType": "image/png", "rows": "900"}, Lane.PLAIN),
        ({}, {"contentType": "image/jp2"}, Lane.CODEC),
        ({}, {"rows": "4000"}, Lane.CODEC),
        ({"elements": overlay_elements(np.ones((4, 4), np.uint8))}, {}, Lane.PLAIN),
        ({"elements": overlay_elements(np.ones((4, 65535), np.uint8))}, {}, Lane.PLAIN),
        ({"elements": overlay_elements(np.ones((40, 65535), np.uint8))}, {}, Lane.CODEC),
        (polygon(64), {}, Lane.PLAIN),
        (polygon(65), {}, Lane.CODEC),
    ],
)
def test_what_is_small_and_needs_no_codec_is_drawn_in_the_http_process(
    tmp_path: Path, attributes: dict[str, Any], parameters: dict[str, str], lane: Lane
) -> None:
    """The lane follows from sizes in the record: of frame and picture, of overlay planes and shutters."""
    assert prepares(tmp_path, **attributes)(parameters).lane is lane


def test_choices_about_pictures_leave_objects_alone(tmp_path: Path) -> None:
    """REQ-WEB-8.5-3: a choice gives pictures other tags; an object is the same bytes and has the same tag."""
    prepare = prepares(tmp_path)
    choices = ("prefer_window", "presentation_lut_shape_wins", "correct_pixel_aspect", "draw_overlays")
    for name in (*choices, "apply_display_shutters"):
        other: dict[str, Any] = {name: not getattr(Settings(), name)}
        assert prepare(**other).etag != prepare().etag
        assert prepare(DICOM, **other).etag == prepare(DICOM).etag


def test_what_nobody_decodes_says_so_and_what_helps(tmp_path: Path) -> None:
    """A picture is 406 with the reason, the object in another syntax 501; both say how it can be had."""
    path = write_object(tmp_path / "object.dcm", UID)
    content = path.read_bytes()
    old, new = b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.4.58"
    start = content.find(old) - 2
    meta = content[: start + 2] + new + content[start + 2 + len(old) :]
    meta = meta[:start] + len(new).to_bytes(2, "little") + meta[start + 2 :]
    length = int.from_bytes(meta[140:144], "little") + len(new) - len(old)
    meta = meta[:140] + length.to_bytes(4, "little") + meta[144:]
    native = meta.find(b"\xe0\x7f\x10\x00")
    pixels = encapsulate([b"\xff\xd8\xff\xd9"])
    path.write_bytes(meta[:native] + b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff" + pixels + b"\xfe\xff\xdd\xe0\0\0\0\0")
    prepare = Prepares(path)
    with pytest.raises(NotAcceptable) as refused:
        prepare({"contentType": "image/png"})
    assert "arithmetic coding" in refused.value.public
    with pytest.raises(NotSupported) as refusal:
        produce(prepare(DICOM).job, prepare.store)
    assert "arithmetic coding" in refusal.value.public
    assert "transferSyntax=*" in refusal.value.public
    assert prepare({**DICOM, "transferSyntax": "*"}).media_type == "application/dicom"


@pytest.mark.parametrize(
    ("transfer_syntax", "near", "drawn"), [(JPEGLSLossless, 0, True), (JPEGLSNearLossless, 2, False)]
)
def test_rr_24_planes_in_lossily_compressed_cells_are_not_drawn(
    tmp_path: Path, transfer_syntax: pydicom.uid.UID, near: int, *, drawn: bool
) -> None:
    """RR-24: the same bits are an overlay in a lossless stream and none in a near-lossless one."""
    cells = np.full((4, 4), 100, np.uint16)
    cells[0, 0] |= 0x8000
    plane = [element for element in overlay_elements(np.zeros((4, 4), np.uint8)) if element[0] != 0x60003000]
    embedded = [(tag, vr, {0x60000100: 16, 0x60000102: 15}.get(tag, value)) for tag, vr, value in plane]
    path = write_object(tmp_path / "object.dcm", UID, elements=embedded)
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = transfer_syntax
    dataset.PixelData = encapsulate([bytes(imagecodecs.jpegls_encode(cells, level=near))])
    dataset["PixelData"].VR = "OB"
    dataset.save_as(path, enforce_file_format=True)
    prepare = Prepares(path)
    picture = prepare({"contentType": "image/png", "windowCenter": "8000", "windowWidth": "100"})
    (png,) = produce(picture.job, prepare.store).parts
    assert isinstance(png, bytes)
    levels = imagecodecs.png_decode(png)  # the window leaves all of the image black
    assert bool(levels[0, 0] == 255) is drawn
