"""Puts facts and examples into docs/parameters.md, between its marks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from manual_examples import made_examples
from openwado.protocol.parameters import EVERY_PARAMETER, EXTENSIONS, Parameter, Plus, Standing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manual_examples import Made

_BLOCK: Final = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

_UID: Final = re.compile(r"(UID=[0-9]+\.[0-9]+\.[0-9]{2})[0-9.]*")

#: How the columns of the matrix are called.
COLUMNS: Final = {
    "dicom": "`application/dicom`",
    "picture": "pictures",
    "animation": "animations",
    "video": "video",
    "text": "documents",
    "presentation": "a presentation state",
}

_STANDINGS: Final = {
    Standing.ALLOWED: "yes",
    Standing.WITHOUT_EFFECT: "no effect",
    Standing.LOSSY_ONLY: "lossy `transferSyntax` only",
    Standing.REFUSED: "400",
}


def filled(page: str) -> str:
    """Return the page with each of its blocks made anew.

    Raises:
        KeyError: a block is of no parameter.
    """
    rows = {row.name: row for row in EVERY_PARAMETER}
    return _BLOCK.sub(lambda found: f"{found[1]}\n{_block(found[2], rows)}\n\n{found[3]}", page)


def sections(page: str) -> list[str]:
    """Return what the blocks are of."""
    return [found[2] for found in _BLOCK.finditer(page)]


def _block(name: str, rows: dict[str, Parameter]) -> str:
    if name == "matrix":
        return "\n".join(_matrix())
    examples = [made for made in made_examples() if made.example.section == name]
    return "\n".join([*_facts(rows[name]), *_examples(examples)])


def _facts(row: Parameter) -> Iterator[str]:
    yield "| | |"
    yield "|---|---|"
    yield f"| value | {_escaped(row.form)} |"
    yield f"| left out | {'400: every request has it' if row.required else _escaped(row.absent)} |"
    for standing in Standing:
        beside = [words for column, words in COLUMNS.items() if getattr(row.beside, column) is standing]
        if beside:
            yield f"| {_heading(standing)} | {', '.join(beside) if len(beside) < len(COLUMNS) else 'everything'} |"
    if row.partner:
        yield f"| always with | [`{row.partner}`](#{row.partner.lower()}) |"
    if row.plus is not Plus.SPACE:
        yield f"| `+` in it is | {_escaped(row.plus.value)} |"
    if row not in EXTENSIONS:
        yield f"| clauses | {', '.join(row.clauses)} |"


def _heading(standing: Standing) -> str:
    return {
        Standing.ALLOWED: "beside",
        Standing.WITHOUT_EFFECT: "without effect beside",
        Standing.LOSSY_ONLY: "with a lossy `transferSyntax` beside",
        Standing.REFUSED: "400 beside",
    }[standing]


def _examples(examples: list[Made]) -> Iterator[str]:
    """Yield a table of pictures, each of which leads to what it is the answer to, and one of these in full."""
    pictures = [(made, made.picture[0]) for made in examples if made.picture is not None]
    if pictures:
        yield ""
        yield "| picture | asked with |"
        yield "|---|---|"
    for made, name in pictures:
        shows = made.example.shows
        yield f"| [![{shows}](pictures/{name})]({made.url}) | {shows}:<br>`{_difference(made)}` |"
    if pictures:
        yield f"\n```\n{pictures[-1][0].url}\n```"
    for made in examples:
        if made.words:
            yield f"\n{made.example.shows}:\n\n```\n{made.url}\n```\n\n```\n{made.words}\n```"


def _difference(made: Made) -> str:
    """Return what is asked beside the UIDs of the object; UIDs are cut short."""
    query = made.url.partition("&objectUID=")[2].partition("&")[2]
    return "&" + _UID.sub(r"\1…", query) if query else "nothing more"


def _matrix() -> Iterator[str]:
    yield "| parameter | " + " | ".join(COLUMNS.values()) + " |"
    yield "|---" * (len(COLUMNS) + 1) + "|"
    for row in EVERY_PARAMETER:
        cells = (_STANDINGS[getattr(row.beside, column)] for column in COLUMNS)
        yield f"| [`{row.name}`](#{row.name.lower()}) | " + " | ".join(cells) + " |"


def _escaped(text: str) -> str:
    return text.replace("*", r"\*").replace("|", r"\|").replace(" + ", " `+` ")
