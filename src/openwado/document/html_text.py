"""Texts, codes and numbers as HTML: every string of an object passes here (REQ-TXT-5)."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from openwado.document.labels import fact_value, label
from openwado.document.wording import unit_symbol, unit_words

if TYPE_CHECKING:
    from openwado.document.facts import Fact
    from openwado.document.labels import Language
    from openwado.document.model import Code, Document, Measure

#: What no HTML or XML text may hold, and lone surrogates that nothing can encode.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
#: What turns the direction of what follows, beyond its own text.
_STEERING = re.compile("[\u202a-\u202e\u2066-\u2069]")

#: What the unit "1" is called where it says only that there is none; some call it "px" and mean that.
_NO_UNITS = frozenset({"", "1", "no units"})


def escaped(text: str) -> str:
    """Return a text for element content and for attribute values in quotes."""
    return html.escape(_FORBIDDEN.sub("\ufffd", _STEERING.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))))


class Words:
    """Writes the small parts of a document.

    Attributes:
        document: what is written.
        language: of our own words.
    """

    def __init__(self, document: Document, language: Language) -> None:
        self.document = document
        self.language = language

    def label(self, key: str) -> str:
        """Return a word of our own, escaped."""
        return escaped(label(key, self.language))

    def value(self, fact: Fact) -> str:
        """Return the value of a fact, escaped: of a sex the word for it."""
        return escaped(fact_value(fact, self.language))

    def code(self, code: Code | None) -> str:
        """Return a code: its meaning, and its value and scheme for whoever asks."""
        if code is None:
            return ""
        detail = ", ".join(filter(None, (code.value, code.scheme))) if code.meaning else code.scheme
        shown = f"<bdi>{escaped(code.words)}</bdi>"
        return f"{shown}<span class=code> ({escaped(detail)})</span>" if detail else shown

    def measure(self, measure: Measure) -> str:
        """Return a number with its unit."""
        unit = f" {self.unit(measure.unit)}" if measure.unit is not None else ""
        return f"<span class=value>{self.number(measure.number)}</span>{unit}"

    def number(self, number: str) -> str:
        """Return a number, or several with commas between them, each of which stays on its line."""
        return ", ".join(f"<span class=one>{escaped(each)}</span>" for each in number.split(", "))

    def unit(self, unit: Code | None) -> str:
        """Return a unit: its symbol, else its name; nothing for a plain number (UCUM "1", "no units")."""
        if unit is None:
            return ""
        is_ucum = unit.scheme.upper() == "UCUM"
        shown = (is_ucum and unit_symbol(unit)) or unit_words(unit)
        if is_ucum and unit.value == "1" and unit.meaning.casefold() in _NO_UNITS:
            shown = ""
        detail = [part for part in (unit.meaning, unit.value, unit.scheme) if part and part != shown]
        hidden = f"<span class=code> ({escaped(', '.join(detail))})</span>" if detail else ""
        return (f"<bdi>{escaped(shown)}</bdi>" if shown else "") + hidden

    def text(self, text: str) -> str:
        """Return a text that keeps its lines and its own direction."""
        return f"<span class=text dir=auto>{escaped(text)}</span>"
