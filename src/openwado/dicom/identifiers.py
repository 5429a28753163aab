"""Words that name somebody in an object, gathered from where names and numbers of people stand (AN-5).

Texts that the profile keeps are compared with them: what a technician typed into a field for something else.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

from openwado.dicom.attributes import Attributes
from openwado.dicom.confidentiality_profile import KINDS
from openwado.dicom.deidentification import is_registered
from openwado.dicom.elements import read_items
from openwado.dicom.explicit_element import dictionary_vr, implicit_vr
from openwado.dicom.specific_character_set import decode_text

if TYPE_CHECKING:
    from collections.abc import Iterator


#: Numbers and names that are no PN: of patients, their birth, visits and orders, where they were and on which device.
_NUMBERS: Final = frozenset(
    {
        *(0x00100020, 0x00101000, 0x00101001, 0x00100021, 0x00101040, 0x00102154, 0x00101090, 0x00100050, 0x00100030),
        *(0x00080050, 0x00080080, 0x00081010, 0x00380010, 0x00380300, 0x00402016, 0x00402017, 0x00401001),
        *(0x00181000, 0x00181004, 0x00181005, 0x00181007, 0x00181008, 0x0018700A),
    }
)
_WORD: Final = re.compile(r"[^\^=\\\s,;]+")
_SEPARATOR: Final = re.compile(r"[\W_]+")
_NO_LETTERS: Final = re.compile(r"[\W\d_]+")
#: Shorter words are found everywhere, and say nothing.
_SHORTEST: Final = 3
#: Identifiers of so many characters are found inside of other words too.
_LONG: Final = 5
#: From here on, characters stand for syllables or words, without spaces between them: two are as good as five.
_IDEOGRAPHS: Final = "\u2e80"
_SHORTEST_IDEOGRAPHS: Final = 2
_NESTING_MAX: Final = 16
#: What looks like a UID is taken for one of this length; shorter ones may be versions of programs.
_UID_LIKE: Final = re.compile(r"(?<![0-9.])[0-9]+(?:\.[0-9]+){3,}")
_UID_LENGTH: Final = 20


class Identifiers(NamedTuple):
    """What names somebody in an object, folded for comparison.

    Attributes:
        words: that are looked for as words.
        parts: that are looked for anywhere.
        uids: of the object and what it refers to.
    """

    words: frozenset[str] = frozenset()
    parts: tuple[str, ...] = ()
    uids: frozenset[str] = frozenset()

    def are_in(self, text: str) -> bool:
        """Say whether a text names somebody, or an object that somebody can be found by."""
        text = _folded(text)
        words = {*_SEPARATOR.split(text), *_NO_LETTERS.split(text)}
        return (
            not words.isdisjoint(self.words)
            or any(part in text for part in self.parts)
            or any(self._is_telling(uid) for uid in _UID_LIKE.findall(text))
        )

    def _is_telling(self, uid: str) -> bool:
        return uid in self.uids or (len(uid) >= _UID_LENGTH and not is_registered(uid))


def identifiers_of(attributes: Attributes) -> Identifiers:
    """Return all names, numbers that stand for somebody and UIDs, at any depth."""
    uids: set[str] = set()
    words = frozenset(_words(attributes, attributes.character_set(), uids, 0))
    return Identifiers(words, tuple(word for word in words if _is_long(word)), frozenset(uids))


def _words(attributes: Attributes, character_set: tuple[str, ...], uids: set[str], depth: int) -> Iterator[str]:
    if depth > _NESTING_MAX:
        return
    for tag, element in attributes.elements.items():
        vr = element.vr or implicit_vr(tag, signed=False)
        vr = dictionary_vr(tag) if vr == "UN" and not tag >> 16 & 1 else vr
        if vr == "SQ" or element.undefined:
            for elements, coding in read_items(attributes.blocks, element, attributes.coding):
                item = Attributes(attributes.blocks, elements, coding)
                yield from _words(item, item.character_set() or character_set, uids, depth + 1)
        elif vr == "PN" or dictionary_vr(tag) == "PN":
            yield from _parts(attributes.value(tag), character_set)
        elif tag in _NUMBERS:
            text = _folded(decode_text(attributes.value(tag), character_set))
            yield from (value for value in map(str.strip, text.split("\\")) if len(value) > _SHORTEST)
        elif vr == "UI" and tag not in KINDS:
            uids.update(uid for uid in attributes.texts(tag) if not is_registered(uid))


def _parts(value: bytes, character_set: tuple[str, ...]) -> Iterator[str]:
    """Yield the words of a name, those with hyphens also one by one."""
    for word in _WORD.findall(_folded(decode_text(value, character_set))):
        yield from (part for part in {word, *_SEPARATOR.split(word)} if len(part) >= _SHORTEST or _is_long(part))


def _is_long(word: str) -> bool:
    return len(word) >= _LONG or (len(word) >= _SHORTEST_IDEOGRAPHS and min(word) >= _IDEOGRAPHS)


def _folded(text: str) -> str:
    """Return a text without case, accents and differences of width."""
    if text.isascii():
        return text.lower()
    letters = (letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return unicodedata.normalize("NFKC", "".join(letters)).casefold()
