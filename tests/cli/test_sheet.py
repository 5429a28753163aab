"""Contact sheets as a person makes them: real processes, real pages."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
from PIL import Image

from command_line import run
from made_objects import write_enhanced_object, write_object
from openwado.sheet.page import MOUNT, PAPER, REFUSAL, Layout

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

GREY_LEVELS = bytes(range(0, 256, 8)[:16]) * 2


def page_of(path: Path) -> NDArray[np.uint8]:
    """Return a page, shape (rows, columns, 3)."""
    with Image.open(path) as page:
        assert (page.format, page.mode) == ("PNG", "RGB")
        return np.asarray(page)


def tile_of(page: NDArray[np.uint8], layout: Layout, place: int) -> NDArray[np.uint8]:
    """Return the tile at a place, without its label."""
    left, top = layout.corner(place)
    return page[top : top + layout.tile, left : left + layout.tile]


def label_of(page: NDArray[np.uint8], layout: Layout, place: int) -> NDArray[np.uint8]:
    """Return what is below the tile at a place."""
    left, top = layout.corner(place)
    return page[top + layout.tile : top + layout.row_height, left : left + layout.tile]


def write_objects(folder: Path, count: int) -> Path:
    """Write images with UIDs of their own."""
    for number in range(count):
        write_object(folder / f"{number:02}.dcm", f"1.2.3.4.{number}", PixelData=GREY_LEVELS)
    return folder


def test_without_paths_every_sample_image_is_a_tile(tmp_path: Path) -> None:
    """27 sample objects are 24 tiles on one page as large as they need; three objects are left out and counted."""
    answer = run("sheet", "-o", tmp_path / "sheet.png", "--tile", "64", "--columns", "5")
    assert answer.returncode == 0, answer.stderr
    page = page_of(tmp_path / "sheet.png")
    layout = Layout(tile=64, columns=5)
    assert page.shape == (*layout.size(24)[::-1], 3)
    for place in range(24):
        assert len(np.unique(tile_of(page, layout, place))) > 20, place
        assert label_of(page, layout, place).min() < 64, place
    assert (tile_of(page, layout, 24) == PAPER).all()
    assert "Drew 24 pictures of 24 images on 1 page" in answer.stderr
    assert "1 file left out: a report, no image" in answer.stderr
    assert "2 files left out: no image" in answer.stderr
    assert not answer.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.png"]


@pytest.mark.parametrize("window", [(), ("--window", "40,80")])
def test_a_tile_is_the_picture_that_the_server_draws(samples: Path, tmp_path: Path, window: tuple[str, ...]) -> None:
    """REQ-URI-8.2.2, 8.2.3: the picture fits the tile by rows and columns, its aspect kept, in its middle."""
    objects = [min(samples.rglob("1-ct-*.dcm")), next(samples.rglob("1-dx-01.dcm")), next(samples.rglob("1-us-01.dcm"))]
    answer = run("sheet", *objects, "-o", tmp_path / "sheet.png", "--tile", "100", *window)
    assert answer.returncode == 0, answer.stderr
    page, layout = page_of(tmp_path / "sheet.png"), Layout(tile=100)
    in_order = sorted(objects)
    for place, path in enumerate(in_order):
        tile = tile_of(page, layout, place)
        picture = tmp_path / "picture.png"
        assert run("render", path, "-o", picture, "--rows", "100", "--columns", "100", *window).returncode == 0
        with Image.open(picture) as drawn:
            expected = np.asarray(drawn.convert("RGB"))
        rows, columns = expected.shape[:2]
        top, left = (100 - rows) // 2, (100 - columns) // 2
        assert max(rows, columns) == 100
        assert (tile[top : top + rows, left : left + columns] == expected).all(), path
        around = np.ones((100, 100), bool)
        around[top : top + rows, left : left + columns] = False
        assert (tile[around] == MOUNT).all(), path


def test_a_sheet_says_nothing_of_the_patient(tmp_path: Path) -> None:
    """Two sheets of objects that differ only in what they say of the patient and the study are the same bytes."""
    nobody, somebody = tmp_path / "a", tmp_path / "b"
    write_object(nobody / "one.dcm", "1.2.3.4", PatientName="", PatientID="", PixelData=GREY_LEVELS)
    write_object(
        somebody / "one.dcm",
        "1.2.3.5",
        study="1.2.3.6",
        series="1.2.3.7",
        PatientName="Example^Person",
        PatientID="4711",
        PatientBirthDate="19700101",
        StudyDescription="Of Example Person",
        SeriesDescription="Of Example Person",
        AccessionNumber="0815",
        PixelData=GREY_LEVELS,
    )
    for folder in (nobody, somebody):
        assert run("sheet", folder, "-o", folder / "sheet.png").returncode == 0
    assert (nobody / "sheet.png").read_bytes() == (somebody / "sheet.png").read_bytes()


def test_what_has_no_picture_is_a_tile_that_says_why(tmp_path: Path) -> None:
    """An image without pixel data, and one whose stream is broken, are tiles of another look, counted by reason."""
    write_object(tmp_path / "a.dcm", "1.2.3.4.1", PixelData=GREY_LEVELS)
    bare = pydicom.dcmread(write_object(tmp_path / "b.dcm", "1.2.3.4.2"))
    del bare.PixelData
    bare.save_as(tmp_path / "b.dcm")
    broken = pydicom.dcmread(write_object(tmp_path / "c.dcm", "1.2.3.4.3"))
    broken.file_meta.TransferSyntaxUID = pydicom.uid.RLELossless
    broken.PixelData = pydicom.encaps.encapsulate([b"no RLE at all, but long enough for a header of it" * 2])
    broken["PixelData"].VR = "OB"
    broken.save_as(tmp_path / "c.dcm")
    answer = run("sheet", tmp_path, "-o", tmp_path / "sheet.png")
    assert answer.returncode == 0, answer.stderr
    page, layout = page_of(tmp_path / "sheet.png"), Layout()
    looks = [(tile_of(page, layout, place) == REFUSAL).all(axis=2).mean() for place in range(3)]
    assert looks[0] == 0
    assert min(looks[1:]) > 0.5
    assert max(looks[1:]) < 0.99  # something is written on it
    assert (tile_of(page, layout, 1) != tile_of(page, layout, 2)).any()
    assert "Drew 1 picture of 3 images on 1 page" in answer.stderr
    assert "1 picture refused: 406 " in answer.stderr
    assert "1 picture refused: 500 " in answer.stderr


def test_files_with_one_sop_instance_uid_are_all_drawn(tmp_path: Path) -> None:
    """Twins, which an index keeps only one of, are a tile each, with their own pixels."""
    for name, level in (("a.dcm", b"\x00\x00"), ("b.dcm", b"\xff\x0f"), ("c.dcm", b"\xff\x07")):
        write_object(tmp_path / name, "1.2.3.4", WindowCenter=2048, WindowWidth=4096, PixelData=level * 16)
    assert run("sheet", tmp_path, "-o", tmp_path / "sheet.png").returncode == 0
    page = page_of(tmp_path / "sheet.png")
    found = [np.unique(tile_of(page, Layout(), place)).tolist() for place in range(3)]
    assert found == [[0], [255], [127]]


def test_what_does_not_fit_goes_to_further_pages(tmp_path: Path) -> None:
    """Five tiles, two a page, are three numbered pages, each no larger than it needs, in the order of the names."""
    folder = write_objects(tmp_path / "objects", 5)
    answer = run("sheet", folder, "-o", tmp_path / "sheet.png", "--columns", "2", "--rows-per-page", "1")
    assert answer.returncode == 0, answer.stderr
    assert "on 3 pages" in answer.stderr
    names = sorted(path.name for path in tmp_path.glob("*.png"))
    assert names == ["sheet-001.png", "sheet-002.png", "sheet-003.png"]
    layout = Layout(columns=2, rows=1)
    for name, count in zip(names, (2, 2, 1), strict=True):
        assert page_of(tmp_path / name).shape == (*layout.size(count)[::-1], 3)
    alone = run("sheet", folder / "04.dcm", "-o", tmp_path / "last.png", "--columns", "2", "--rows-per-page", "1")
    assert alone.returncode == 0, alone.stderr
    assert (tmp_path / "last.png").read_bytes() == (tmp_path / "sheet-003.png").read_bytes()


def test_the_same_files_make_the_same_bytes(samples: Path, tmp_path: Path) -> None:
    """However the work is shared among processes, the pages come out alike."""
    for name in ("a.png", "b.png"):
        assert run("sheet", samples, "-o", tmp_path / name, "--tile", "96").returncode == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.parametrize(("frames", "tiles"), [("first", 1), ("2", 2), ("all", 3)])
def test_frames_of_an_object_are_tiles_on_request(tmp_path: Path, frames: str, tiles: int) -> None:
    """The default picture alone, some frames from the first to the last, or all: never more than there are."""
    write_enhanced_object(tmp_path / "a.dcm", "1.2.3.4", [1.0, 2.0, 3.0])
    answer = run("sheet", tmp_path, "-o", tmp_path / "sheet.png", "--frames", frames)
    assert answer.returncode == 0, answer.stderr
    assert page_of(tmp_path / "sheet.png").shape == (*Layout().size(tiles)[::-1], 3)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("nowhere", "-o", "sheet.png"), "nowhere"),
        (("objects", "-o", "nowhere/sheet.png"), "cannot be written"),
        (("objects", "-o", "objects"), "objects"),
        (("objects", "-o", "sheet.jpg"), ".png"),
        (("objects", "-o", "taken.png"), "no PNG picture"),
        (("objects", "-o", "pipe.png"), "no PNG picture"),
        (("objects", "-o", "sheet.png", "--frames", "some"), "first, all"),
        (("objects", "-o", "sheet.png", "--frames", "0"), "first, all"),
        (("objects", "-o", "sheet.png", "--window", "40"), "C,W"),
        (("objects", "-o", "sheet.png", "--window", "40,0"), "above 0"),
        (("objects", "-o", "sheet.png", "--config", "settings.toml"), "draw_overlays"),
        (("objects", "-o", "sheet.png", "--tile", "1024", "--columns", "64"), "--columns"),
        (("taken.png", "-o", "sheet.png"), "no image"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], named: str
) -> None:
    """A path that is not there, a place that cannot be written and a wrong option end the command; nothing is left."""
    write_objects(tmp_path / "objects", 1)
    (tmp_path / "taken.png").write_bytes((tmp_path / "objects" / "00.dcm").read_bytes()[:100])
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "settings.toml").write_text("draw_overlays = 7")
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.chdir(tmp_path)
    answer = run("sheet", *arguments)
    assert answer.returncode != 0
    assert named in answer.stderr
    assert "Traceback" not in answer.stderr
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "taken.png").stat().st_size == 100


def test_a_page_of_an_earlier_sheet_is_written_over(tmp_path: Path) -> None:
    """The same command again takes the place of what it made before."""
    folder = write_objects(tmp_path / "objects", 1)
    assert run("sheet", folder, "-o", tmp_path / "sheet.png").returncode == 0
    write_objects(folder, 2)
    assert run("sheet", folder, "-o", tmp_path / "sheet.png").returncode == 0
    assert page_of(tmp_path / "sheet.png").shape == (*Layout().size(2)[::-1], 3)
