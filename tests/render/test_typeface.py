"""Text as coverage: every script by real glyphs, in visual order, never cut off by its own line."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from openwado.render import typeface
from openwado.render.typeface import drawn_line, fitted_line, is_drawable, line_height

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Names in scripts that people have.
SCRIPTS = {
    "Latin": "Müller-Łukasz, Zoë",
    "Vietnamese": "Nguyễn Thị Ánh",
    "Greek": "Διονύσιος Παπαδόπουλος",
    "Cyrillic": "Люксембург Иван",
    "Chinese": "王 小东",
    "Traditional Chinese": "陳 大文",
    "Japanese": "山田 太郎",
    "Kana": "やまだ タロウ ﾔﾏﾀﾞ",
    "Korean": "홍 길동",
    "Arabic": "قباني نزار",
    "Hebrew": "שרון דבורה",
    "Thai": "สมชาย ใจดี",
    "Devanagari": "राजेश कुमार",
    "Tamil": "முருகன் வேல்",
    "Telugu": "రాముడు సీత",
    "Khmer": "សុខ ចាន់",
}


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_9_1_every_script_has_its_glyphs(text: str) -> None:
    """Section 9.1: each character has a glyph, and no two characters look alike as boxes would."""
    characters = sorted({character for character in text if character.isalnum()})
    assert all(is_drawable(character) for character in characters)
    drawn = {drawn_line(character, 16).coverage.tobytes() for character in characters}
    assert len(drawn) >= 0.9 * len(characters)
    missing = drawn_line("\U0010ffff", 16).coverage.tobytes()
    assert missing not in drawn


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
@pytest.mark.parametrize("caps", [9, 13, 24])
def test_9_1_no_glyph_leaves_its_line(text: str, caps: int) -> None:
    """Section 9.1: ascenders, marks and descenders of every script stay within the height of a line."""
    line = drawn_line(text, caps)
    assert line.coverage.shape[0] == line_height(caps)
    assert line.coverage.max() > 200
    assert not line.coverage[0].any() or not line.coverage[-1].any()


def test_9_1_capitals_are_as_high_as_they_are_said_to_be() -> None:
    """REQ-URI-8.2.1-7: the height of capitals is what decides, to a pixel."""
    for caps in (9, 12, 18, 24):
        rows = np.flatnonzero((drawn_line("HEIZ", caps).coverage > 100).any(axis=1))
        assert abs(rows[-1] - rows[0] + 1 - caps) <= 1


def test_uax_9_right_to_left_text_is_in_visual_order() -> None:
    """UAX 9: Hebrew runs to the left, numbers in it to the right."""
    order = ["".join(text) for text, _, _ in typeface._runs("שם 45 כהן")]
    assert [part.strip() for part in order if part.strip()] == ["כהן", "45", "שם"]


def test_arabic_letters_join() -> None:
    """Shaping: the letters of an Arabic word are those of their places in it, not four of the same."""
    word = drawn_line("بببب", 20)
    single = drawn_line("ب", 20)
    assert word.width < 4 * single.width


def test_9_1_what_is_too_long_has_an_ellipsis() -> None:
    """REQ-URI-8.2.1-7: clipped with an ellipsis to what fits, in either direction, down to the ellipsis alone."""
    for text in ("A very long name that does not fit", "קבאני נזאר הארוך מאוד מאוד"):
        for columns in (200, 90, 40, 12):
            line = fitted_line(text, 12, columns)
            assert line.width <= columns
        assert fitted_line(text, 12, 90).width > 60
    assert fitted_line("short", 12, 200).coverage.tobytes() == drawn_line("short", 12).coverage.tobytes()


@pytest.mark.parametrize(
    "text", ["\U0010ffff", "a\u202eb", "a\u2028b", "\x00\x1b", "\ud800", "\u0378", "א" * 400 + "("]
)
def test_no_text_breaks_the_drawing(text: str) -> None:
    """Characters that are none, steer directions or break lines are drawn as what nobody knows."""
    assert drawn_line(text, 12).coverage.any()


def test_nothing_is_drawn_of_nothing() -> None:
    """An empty line is empty, and takes the height of one."""
    assert not drawn_line("", 12).coverage.any()
    assert drawn_line("", 12).coverage.shape[0] == line_height(12)


@pytest.mark.parametrize("text", ["\u0561", "\U0001f600", "\ue000", "\U0010ffff", "\ud800"])
def test_9_1_what_no_font_has_is_no_box(text: str) -> None:
    """REQ-URI-8.2.1-7: what cannot be drawn is shown as unknown, not as the box of a font that lacks it."""
    assert drawn_line(text, 16).coverage.tobytes() == drawn_line("\ufffd", 16).coverage.tobytes()


def test_9_1_what_is_not_seen_leaves_nothing() -> None:
    """REQ-URI-8.2.1-7: soft hyphens, marks of direction and selectors of variants take no room and no sign."""
    word = drawn_line("ab", 16).coverage.tobytes()
    for unseen in ("\u00ad", "\u2060", "\u200e", "\u061c", "\u202e", "\ufe0f", "\U000e0100"):
        assert drawn_line(f"a{unseen}b", 16).coverage.tobytes() == word
    assert drawn_line("葛\U000e01efb", 16).width == drawn_line("葛b", 16).width


def test_arabic_letters_part_where_they_are_told_to() -> None:
    """Shaping: a zero width non-joiner in a Persian name parts two letters, and is not seen itself."""
    together, apart = drawn_line("بیبی", 20), drawn_line("بی\u200cبی", 20)
    assert apart.coverage.tobytes() != together.coverage.tobytes()
    assert apart.width < 2 * together.width


def test_9_1_letters_and_their_marks_are_one_glyph() -> None:
    """REQ-URI-8.2.1-7: names that are stored decomposed look as others do; compatibility ideographs stay."""
    for composed, apart in (("가 が", "가 か\u3099"), ("Zoë", "Zoe\u0308"), ("한", "\u1112\u1161\u11ab")):
        assert drawn_line(apart, 16).coverage.tobytes() == drawn_line(composed, 16).coverage.tobytes()
    assert typeface._printable("\ufa19") == "\ufa19"


def test_9_1_brackets_are_mirrored_in_right_to_left_text() -> None:
    """UAX 9, L4: what opens at the right of a Hebrew word is the glyph that closes in Latin text."""
    opening = [number for number, *_ in typeface._shaped("א(", 2, 20, rtl=True)]
    closing = [number for number, *_ in typeface._shaped(")", 2, 20, rtl=False)]
    assert opening[:1] == closing


def test_9_1_time_does_not_follow_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """REQ-URI-8.2.1-7: of a text far longer than the picture only what may have room is looked at."""
    seen: list[int] = []
    runs = typeface._runs

    def counted(text: str) -> Iterator[tuple[str, int, bool]]:
        seen.append(len(text))
        return runs(text)

    monkeypatch.setattr(typeface, "_runs", counted)
    for text in ("A" * 100_000, "ب" * 100_000, "a" + "\u0301" * 100_000, "aא" * 50_000):
        assert fitted_line(text, 12, 200).width <= 200
        assert drawn_line(text, 12).width < 1024 * 20
    assert max(seen) <= 1024


def test_9_1_glyphs_have_their_size_in_every_thread() -> None:
    """REQ-URI-8.2.1-7: two pictures that are written on at once, in different sizes, do not mix them up."""
    letters = [chr(code) for code in range(0x4E00, 0x4E40)]
    alone = {size: [drawn_line(letter, size).coverage.tobytes() for letter in letters] for size in (9, 24)}
    typeface._glyph.cache_clear()
    with ThreadPoolExecutor(4) as threads:
        jobs = [(letter, size) for letter in letters for size in (9, 24)]
        drawn = list(threads.map(lambda job: drawn_line(*job).coverage.tobytes(), jobs))
    assert drawn[::2] == alone[9]
    assert drawn[1::2] == alone[24]
