"""Texts on pictures (PS3.18 8.2.1 legacy; section 9.1)."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from openwado.render.corner_text import (
    ALL_LEFT_OUT,
    LINES_LEFT_OUT,
    TECHNIQUE_LEFT_OUT,
    CornerTexts,
    cap_height,
    coverage_of,
    draw,
    fitting,
)

TEXTS = CornerTexts(
    top_left=("Wang, XiaoDong", "王 小东", "ID 123456789", "1970-01-02", "F  45 y"),
    top_right=("CT  Abdomen with contrast", "2024-01-02", "10:20:30", "Venous phase"),
    bottom_left=("Se 2  Im 14  Fr 3/10", "ABDOMEN  Left", "HFS  Loc -12.5 mm", "Lossy"),
    bottom_right=("C 40  W 400",),
    left="R",
    right="L",
    top="A",
    bottom="P",
    millimetres_per_pixel=0.7,
)
ONE_BY_ONE = [
    CornerTexts(top_left=TEXTS.top_left),
    CornerTexts(top_right=TEXTS.top_right),
    CornerTexts(bottom_left=TEXTS.bottom_left),
    CornerTexts(bottom_right=TEXTS.bottom_right),
    CornerTexts(left="R"),
    CornerTexts(right="L"),
    CornerTexts(top="A"),
    CornerTexts(bottom="P"),
]


@pytest.mark.parametrize(
    ("size", "caps"), [((64, 64), 9), ((400, 600), 9), ((512, 512), 11), ((1000, 800), 18), ((3000, 2500), 24)]
)
def test_9_1_text_height_follows_the_picture(size: tuple[int, int], caps: int) -> None:
    """REQ-URI-8.2.1-7: capitals of 2.2 % of the shorter side, at least 9 pixels and at most 24."""
    assert cap_height(*size) == caps


@pytest.mark.parametrize("size", [(100, 100), (128, 128), (256, 256), (200, 500), (500, 200), (512, 512), (2000, 2000)])
def test_9_1_blocks_do_not_overlap(size: tuple[int, int]) -> None:
    """REQ-URI-8.2.1-7: no text lies on another, none reaches over more than 40 % of the width, none is cut off."""
    parts = [coverage_of(part, *size) > 0 for part in ONE_BY_ONE]
    together = np.sum(parts, axis=0)
    assert together.max() <= 1
    for part in parts[:4]:
        columns = np.flatnonzero(part.any(axis=0))
        assert columns[-1] - columns[0] < 0.4 * size[1]
    whole = coverage_of(TEXTS, *size) > 0
    frame = np.ones(size, bool)
    frame[1:-1, 1:-1] = False
    assert not (whole & frame).any()


@pytest.mark.parametrize(
    ("size", "kept", "warning"),
    [
        ((300, 300), TEXTS, ""),
        ((95, 300), CornerTexts(top_left=TEXTS.top_left[:2]), LINES_LEFT_OUT),
        ((92, 92), CornerTexts(top_left=TEXTS.top_left[:2]), LINES_LEFT_OUT),
        ((64, 64), CornerTexts(), ALL_LEFT_OUT),
        ((20, 500), CornerTexts(), ALL_LEFT_OUT),
        ((1, 1), CornerTexts(), ALL_LEFT_OUT),
    ],
)
def test_9_1_small_pictures_have_less_text(size: tuple[int, int], kept: CornerTexts, warning: str) -> None:
    """REQ-URI-8.2.1-7: technique goes first, then everything; and it is said."""
    assert fitting(TEXTS, *size) == (kept, warning)


def test_9_1_lines_that_are_dropped_are_said() -> None:
    """REQ-URI-8.2.1-7: lines beyond what a block has room for are left out, the last ones first, with a warning."""
    cut = {block: getattr(TEXTS, block)[:2] for block in ("top_left", "top_right", "bottom_left", "bottom_right")}
    assert fitting(TEXTS, 96, 96) == (replace(TEXTS, **cut), LINES_LEFT_OUT)
    short = CornerTexts(top_left=TEXTS.top_left[:2], top_right=("CT",))
    assert fitting(short, 96, 96) == (short, "")
    assert fitting(short, 92, 92) == (CornerTexts(top_left=short.top_left), TECHNIQUE_LEFT_OUT)
    drawn = coverage_of(TEXTS, 96, 96)
    np.testing.assert_array_equal(drawn, coverage_of(fitting(TEXTS, 96, 96)[0], 96, 96))


def test_9_1_nothing_asked_for_is_nothing_left_out() -> None:
    """An object that says nothing has no text, and nobody is warned."""
    assert fitting(CornerTexts(), 10, 10) == (CornerTexts(), "")
    pixels = np.full((200, 200), 7, np.uint8)
    assert draw(pixels, CornerTexts()) is pixels


@pytest.mark.parametrize("ground", [0, 128, 255])
@pytest.mark.parametrize("kind", ["grey", "grey 16", "colour"])
def test_9_1_text_can_be_read_on_any_ground(ground: int, kind: str) -> None:
    """REQ-URI-8.2.1-7: white with a dark edge: there is contrast on black, on grey and on white; the rest stays."""
    dtype = np.uint16 if kind == "grey 16" else np.uint8
    scale = 257 if kind == "grey 16" else 1
    shape = (300, 300, 3) if kind == "colour" else (300, 300)
    pixels = np.full(shape, ground * scale, dtype)
    written = draw(pixels, TEXTS)
    assert written.dtype == dtype
    assert written.shape == shape
    assert pixels.min() == ground * scale, "the picture that was given is not written on"
    corner = written[:40, :120]
    assert corner.max() == 255 * scale
    if ground:
        assert corner.min() < 0.2 * ground * scale
    middle = written[120:140, 100:200]
    assert (middle == ground * scale).all()


def test_9_1_the_scale_is_as_long_as_it_says() -> None:
    """REQ-URI-8.2.1-8: a bar of a round length, in pixels of the picture."""
    for millimetres in (0.1, 0.5, 0.7, 2.0):
        texts = CornerTexts(millimetres_per_pixel=millimetres)
        bar = coverage_of(texts, 600, 600)[:, 600 - cap_height(600, 600) // 2 - 1]
        rows = np.flatnonzero(bar == 255)
        length = (rows[-1] - rows[0] + 1) * millimetres
        assert any(abs(length - known) <= millimetres for known in (10, 20, 50, 100, 200))
    assert not coverage_of(CornerTexts(millimetres_per_pixel=1e9), 300, 300).any()


@pytest.mark.parametrize("millimetres", [0.0, -1.0, 5e-324, 1e-300, 1e300, float("inf"), float("nan")])
def test_9_1_an_absurd_spacing_has_no_scale(millimetres: float) -> None:
    """REQ-URI-8.2.1-8: distances that no image has draw no bar, and break nothing."""
    assert not coverage_of(CornerTexts(millimetres_per_pixel=millimetres), 300, 300).any()


def test_9_1_writing_does_not_follow_the_size_of_the_picture() -> None:
    """REQ-URI-8.2.1-7: only what letters touch is computed: no copies of a large picture in wider numbers."""
    pixels = np.full((3000, 3000), 90, np.uint8)
    tracemalloc.start()
    written = draw(pixels, CornerTexts(top_left=("Wang",)))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (written != pixels).any()
    assert most < 5 * pixels.nbytes
