"""The fonts that come with the dependencies, and which of them draws a character."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from openwado.errors import RenderFailed
from openwado.render.text_direction import WRITTEN_TYPES

#: Packages with the fonts and where they are in them, in the order in which they are asked for a character.
FONTS: Final = (
    ("fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf"),
    ("fontpkg_noto_sans_arabic", "files/NotoSansArabic[wdth,wght].ttf"),
    ("fontpkg_heebo", "files/Heebo[wght].ttf"),
    ("fontpkg_noto_sans_thai", "files/NotoSansThai[wdth,wght].ttf"),
    ("fontpkg_noto_sans_devanagari", "files/NotoSansDevanagari[wdth,wght].ttf"),
    ("fontpkg_noto_sans_tamil", "files/NotoSansTamil[wdth,wght].ttf"),
    ("fontpkg_noto_sans_telugu", "files/NotoSansTelugu[wdth,wght].ttf"),
    ("fontpkg_noto_sans_khmer", "files/NotoSansKhmer[wdth,wght].ttf"),
    ("cvttf_NotoSansCJK_Regular", "NotoSansCJKtc-Regular.otf"),
)
#: What changes the form of letters beside it and has none itself: joiners, and selectors of variants.
FORMING: Final = re.compile("[\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]")

_REMEMBERED: Final = 4096
#: What stands for a character that no font here has, or that is none.
_UNKNOWN: Final = "\ufffd"
_ARABIC_LETTER_MARK: Final = "\u061c"
#: All but compatibility ideographs, which are the form that someone's name has.
_COMPOSED = re.compile("[^\uf900-\ufaff\U0002f800-\U0002fa1f]+")


@dataclass(frozen=True, slots=True)
class Face:
    """One font, opened by both libraries."""

    shaper: Any
    drawer: Any


def font_path(number: int) -> str:
    """Return where a font is."""
    package, name = FONTS[number]
    return str(resources.files(package).joinpath(name))


def font_files(text: str) -> tuple[str, ...]:
    """Return where the fonts are that a text is written in: the first one always, the others as its characters need."""
    numbers = {number for number in map(font_of, set(text)) if number is not None}
    return tuple(font_path(number) for number in sorted(numbers | {0}))


def shaping_face(number: int) -> Any:  # noqa: ANN401 -- uharfbuzz has no types
    """Return a font as the library opens it that shapes words.

    Raises:
        RenderFailed: it is not there.
    """
    import uharfbuzz  # noqa: PLC0415 -- only who writes texts needs it

    try:
        return uharfbuzz.Face(uharfbuzz.Blob.from_file_path(font_path(number)))
    except (ImportError, uharfbuzz.HarfBuzzError) as error:
        raise _unopened(number) from error


@lru_cache(maxsize=len(FONTS))
def face(number: int) -> Face:
    """Return a font, opened.

    Raises:
        RenderFailed: it is not there, or is no font.
    """
    import freetype  # noqa: PLC0415 -- only who writes texts needs them
    import uharfbuzz  # noqa: PLC0415 -- as above

    shaper = uharfbuzz.Font(shaping_face(number))
    try:
        return Face(shaper, freetype.Face(font_path(number)))
    except freetype.FT_Exception as error:
        raise _unopened(number) from error


def _unopened(number: int) -> RenderFailed:
    words = f"{FONTS[number][0]}; `openwado doctor` says how to mend it"
    return RenderFailed("A font that is needed cannot be opened here.", detail=words)


@lru_cache(maxsize=_REMEMBERED)
def font_of(character: str) -> int | None:
    """Return the number of the first font that has a character, None if none does."""
    return next((number for number in range(len(FONTS)) if _has(number, character)), None)


def drawable(text: str) -> str:
    """Return a text as it is drawn: composed, without what would steer its direction or break it, and without boxes."""
    if text.isascii() and text.isprintable():
        return text
    composed = _COMPOSED.sub(lambda found: unicodedata.normalize("NFC", found[0]), text)
    return "".join(map(_drawable, composed))


@lru_cache(maxsize=_REMEMBERED)
def _drawable(character: str) -> str:
    """Return a character, nothing for one that nobody sees, and else a sign that there is one that is not known."""
    if FORMING.match(character):
        return character
    is_plain = unicodedata.bidirectional(character) in WRITTEN_TYPES and character != _ARABIC_LETTER_MARK
    if is_plain and (character.isspace() or font_of(character) is not None):
        return character
    return "" if unicodedata.category(character) == "Cf" else _UNKNOWN


def font_beside(before: int | None, character: str) -> int:
    """Return the font of a character that follows one of the font `before`, None at the beginning.

    What is no letter or digit stays with what it follows if that font has it.
    """
    if before is not None and _stays(before, character):
        return before
    number = font_of(character)
    if number is None:
        return before if before is not None and character.isspace() else 0
    return number


@lru_cache(maxsize=_REMEMBERED)
def _stays(before: int, character: str) -> bool:
    return bool(FORMING.match(character)) or (not character.isalnum() and _has(before, character))


@lru_cache(maxsize=_REMEMBERED)
def _has(number: int, character: str) -> bool:
    return bool(face(number).drawer.get_char_index(character))
