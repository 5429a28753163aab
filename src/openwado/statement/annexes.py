"""Chapter 8: character sets, attributes, decisions between editions, and the requirements one by one (PS3.2 N.8)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from openwado.dicom.confidentiality_profile import GAPS, profile_table
from openwado.dicom.deidentify import treatment
from openwado.dicom.explicit_element import dictionary_vr
from openwado.protocol.charset import CHARACTER_SETS
from openwado.protocol.decisions import DECISIONS
from openwado.statement.matrix import matrix
from openwado.statement.parts import paragraphs, section, table

if TYPE_CHECKING:
    from openwado.document.model import Section
    from openwado.statement.wording import Wording

_ONE_TAG: Final = re.compile("[0-9A-F]{8}")


def annexes(words: Wording) -> Section:
    """Return the chapter."""
    return section(
        words, "8", "annexes", _character_sets(words), _attributes(words), _decisions(words), matrix(words, "8.4")
    )


def _character_sets(words: Wording) -> Section:
    rows = [
        (row.name, "\\".join(row.defined_terms) or words("character_sets.absent"), ", ".join(row.aliases))
        for row in CHARACTER_SETS
    ]
    return section(
        words,
        "8.1",
        "character_sets",
        *paragraphs(words, "character_sets", "text", "objects", "names"),
        table(words, "character_sets", "name defined_terms aliases", rows),
    )


def _attributes(words: Wording) -> Section:
    rows = [
        (_written(row.tag), row.keyword, row.vr, row.basic, _treatment(words, row.tag, row.vr))
        for row in profile_table()
    ]
    gaps = [
        (_written(f"{tag:08X}"), _keyword(tag), dictionary_vr(tag), "-", _treatment(words, f"{tag:08X}", ""))
        for tag in sorted(GAPS)
    ]
    return section(
        words,
        "8.2",
        "attributes",
        *paragraphs(words, "attributes", "what", "letters", "unlisted"),
        table(words, "attributes", "tag attribute vr profile here", [*rows, *gaps]),
    )


def _treatment(words: Wording, tag: str, vr: str) -> str:
    if not _ONE_TAG.fullmatch(tag):
        return words.term("removed")
    number = int(tag, 16)
    return words.term(treatment(number, (vr or dictionary_vr(number)).partition(" ")[0]))


def _written(tag: str) -> str:
    return f"({tag[:4]},{tag[4:]})" if re.fullmatch("[0-9A-Fa-fx]{8}", tag) else tag


def _keyword(tag: int) -> str:
    from pydicom.datadict import keyword_for_tag  # noqa: PLC0415 -- heavy

    return keyword_for_tag(tag)


def _decisions(words: Wording) -> Section:
    rows = [
        (
            row.number,
            words.term(row.point),
            words.term(row.iso),
            words.term(row.current) if row.current else words("decisions.same"),
        )
        for row in DECISIONS.values()
    ]
    return section(
        words,
        "8.3",
        "decisions",
        *paragraphs(words, "decisions", "what"),
        table(words, "decisions", "number point in_use current", rows),
    )
