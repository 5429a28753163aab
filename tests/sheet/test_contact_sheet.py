"""Making a contact sheet: what hostile files can do to it, and what is written on it."""

from __future__ import annotations

import warnings
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from hostile_reading import HostileStore, LaterHostileStore
from made_objects import write_enhanced_object, write_object
from openwado.archive.reader_pool import ENDED, TOO_LONG, PoolLimits
from openwado.assemble import retriever_of
from openwado.config import Settings
from openwado.sheet.contact_sheet import MOST_FRAMES, ContactSheet, ImageFile, Wishes, count_tiles, frames_of
from openwado.sheet.page import REFUSAL, Layout, shortened, wrapped, writable
from openwado.sheet.tile import Found

if TYPE_CHECKING:
    from pathlib import Path

    from openwado.archive.store import Store
    from openwado.tally import Tally


def maker(store: Store, seconds: float = 30.0) -> ContactSheet:
    """Return what makes sheets, in two processes."""
    limits = PoolLimits(seconds=seconds, address_space=3 << 30)
    return ContactSheet(store, partial(retriever_of, Settings()), processes=2, limits=limits)


def reasons(tally: Tally) -> dict[str, list[str]]:
    """Return what was counted: names of files by reason."""
    return {skipped.reason: [key.rsplit("/")[-1] for key in skipped.examples] for skipped in tally.summary(0).skipped}


def ignore(_done: int, _total: int) -> None:
    """Watch no progress."""


def test_a_file_that_ends_the_process_that_reads_it_is_left_out(tmp_path: Path) -> None:
    """Reading a hostile file costs that file; all others are found."""
    for name in ("a.dcm", "kills.dcm", "vanishes.dcm", "z.dcm"):
        write_object(tmp_path / name, "1.2.3.4")
    sheet = maker(HostileStore())
    images = sheet.find_images([tmp_path], ignore)
    assert [image.name for image in images] == ["a.dcm", "z.dcm"]
    assert reasons(sheet.left_out) == {ENDED: ["kills.dcm"], "not there any more": ["vanishes.dcm"]}


def test_a_file_that_ends_the_process_that_draws_it_is_a_tile(tmp_path: Path) -> None:
    """Drawing a hostile file costs one tile, which says so; a crash is 500 and a hang 503, as in the server."""
    names = ["a.dcm", "kills.dcm", "waits.dcm", "y.dcm", "z.dcm"]
    for name in names:
        write_object(tmp_path / name, "1.2.3.4")
    sheet = maker(LaterHostileStore(), seconds=2.0)
    images = sheet.find_images([tmp_path], ignore)
    assert [image.name for image in images] == names
    told: list[tuple[int, int]] = []
    layout = Layout(tile=64)
    (page,) = sheet.draw_pages(images, Wishes(layout), lambda done, total: told.append((done, total)))
    refused = []
    for place in range(len(names)):
        left, top = layout.corner(place)
        refused.append(page.getpixel((left, top)) == REFUSAL)
    assert refused == [False, True, True, False, False]
    assert reasons(sheet.refusals) == {
        "500 Drawing it ended the process.": ["kills.dcm"],
        "503 Drawing it took longer than 2 seconds.": ["waits.dcm"],
    }
    assert told == [(done, 5) for done in range(1, 6)]
    assert TOO_LONG not in reasons(sheet.left_out)


def test_a_file_that_changes_while_the_sheet_is_made_is_a_tile(tmp_path: Path) -> None:
    """What is no object any more when its turn comes is a tile with a reason, not an end."""
    path = write_object(tmp_path / "a.dcm", "1.2.3.4")
    sheet = maker(HostileStore())
    images = sheet.find_images([tmp_path], ignore)
    path.write_bytes(b"something else")
    list(sheet.draw_pages(images, Wishes(Layout()), ignore))
    assert reasons(sheet.refusals) == {"500 The object cannot be read any more.": ["a.dcm"]}


def test_frames_are_drawn_each_for_itself(tmp_path: Path) -> None:
    """Frames of one object differ where their own attributes do (RR-18); pages are given as they are full."""
    write_enhanced_object(tmp_path / "a.dcm", "1.2.3.4", [1.0, 2.0, 3.0])
    sheet = maker(HostileStore())
    images = sheet.find_images([tmp_path], ignore)
    pages = list(sheet.draw_pages(images, Wishes(Layout(tile=64, columns=2, rows=1), MOST_FRAMES), ignore))
    assert [page.size for page in pages] == [Layout(tile=64, columns=2, rows=1).size(count) for count in (2, 1)]
    assert sheet.refusals.done == 0
    assert (np.asarray(pages[0])[:, :72] != np.asarray(pages[0])[:, 72:144]).any()  # the labels count the frames


def test_names_are_relative_to_what_was_asked_for(tmp_path: Path) -> None:
    """A folder's files are named from it, files by their names, several folders' from what they have in common."""
    write_object(tmp_path / "a" / "b" / "one.dcm", "1.2.3.4.1")
    write_object(tmp_path / "a" / "c" / "two.dcm", "1.2.3.4.2")
    for paths, names in (
        (["a"], ["b/one.dcm", "c/two.dcm"]),
        (["a/b"], ["one.dcm"]),
        (["a/b/one.dcm"], ["one.dcm"]),
        (["a/c", "a/b/one.dcm"], ["b/one.dcm", "c/two.dcm"]),
    ):
        images = maker(HostileStore()).find_images([tmp_path / path for path in paths], ignore)
        assert [image.name for image in images] == names


def test_labels_say_what_kind_of_image_it_is(tmp_path: Path) -> None:
    """Modality, rows x columns x frames, photometric interpretation, bits stored; transfer syntax. No free text."""
    kinds: list[tuple[dict[str, object], str]] = [
        ({}, "CT · 4x4 · MONOCHROME2 · 12 bit"),
        ({"Modality": "MR", "PixelRepresentation": 1}, "MR · 4x4 · MONOCHROME2 · 12 bit signed"),
        ({"PhotometricInterpretation": "MONOCHROME1", "Columns": 2}, "CT · 4x2 · MONOCHROME1 · 12 bit"),
        ({"NumberOfFrames": 2, "Rows": 2, "BitsStored": 10, "HighBit": 9}, "CT · 2x4x2 · MONOCHROME2 · 10 bit"),
        ({"Modality": "Example^Person"}, "(no modality) · 4x4 · MONOCHROME2 · 12 bit"),
        ({"Rows": 5000}, "CT"),
    ]
    with warnings.catch_warnings(action="ignore"):  # pydicom knows that a name is no code string
        for number, (attributes, _) in enumerate(kinds):
            write_object(tmp_path / f"{number}.dcm", f"1.2.3.4.{number}", **attributes)  # type: ignore[arg-type]
    images = maker(HostileStore()).find_images([tmp_path], ignore)
    assert [image.found.lines for image in images] == [(line, "Explicit VR Little Endian") for _, line in kinds]


@given(st.integers(1, 5_000_000), st.integers(0, MOST_FRAMES))
def test_frames_are_spread_from_the_first_to_the_last(frames: int, most: int) -> None:
    """As many as wished and as there are, in order, none twice, the first and the last among them."""
    image = ImageFile("/a", "a", Found(frames, ("", "")))
    found = list(frames_of(image, most))
    assert count_tiles([image], Wishes(Layout(), most)) == len(found)
    if min(frames, most) <= 1:
        assert found == [0]
        return
    assert len(found) == min(frames, most)
    assert (found[0], found[-1]) == (1, frames)
    assert all(earlier < later for earlier, later in pairwise(found))


@given(st.text(max_size=300), st.integers(1, 400), st.sampled_from([9, 11, 24]))
def test_text_stays_within_its_room(text: str, room: int, size: int) -> None:
    """Whatever the text, a label is one line no wider than its tile, and a wrapped sentence no wider and no longer."""
    font = ImageFont.load_default(size)
    line = shortened(text, room, size)
    assert font.getlength(line) <= room
    assert line.isprintable()
    lines = wrapped(text, room, size, 3)
    assert len(lines) <= 3
    assert all(font.getlength(line) <= room for line in lines)


def test_a_long_name_is_shortened_in_its_middle() -> None:
    """Beginning and end of the name stay, the end longer; a name that fits stays whole."""
    name = "/".join(["folder"] * 30) + "/the-file.dcm"
    short = shortened(name, 250, 11)
    head, tail = short.split("\N{HORIZONTAL ELLIPSIS}")
    assert name.startswith(head)
    assert name.endswith(tail)
    assert tail.endswith("/the-file.dcm")
    assert 0 < len(head) < len(tail)
    assert shortened("short.dcm", 250, 11) == "short.dcm"


@pytest.mark.parametrize(
    ("text", "written"),
    [("a b.dcm", "a b.dcm"), ("图.dcm", "\\u56fe.dcm"), ("a\nb\x1b[31m", "a\\nb\\x1b[31m"), ("12 · 8…", "12 · 8…")],
)
def test_what_the_font_has_not_is_escaped(text: str, written: str) -> None:
    """A name in any script is readable and unlike any other; control characters are shown."""
    assert writable(text) == written


def test_a_sentence_is_wrapped_at_words() -> None:
    """No word is lost unless an ellipsis says so."""
    sentence = "This object cannot be had in a media type that the request accepts."
    assert " ".join(wrapped(sentence, 120, 11, 20)) == sentence
    assert wrapped(sentence, 120, 11, 2)[-1].endswith("\N{HORIZONTAL ELLIPSIS}")
