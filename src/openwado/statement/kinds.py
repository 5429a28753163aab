"""SOP Classes and their kinds, as the table of the protocol has them."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from openwado.statement.wording import Wording


class SopClass(NamedTuple):
    """A row of the table: UID and name of a SOP Class, its family, and its kind within that."""

    uid: str
    name: str
    family: str
    kind: str


@cache
def sop_classes() -> tuple[SopClass, ...]:
    """Return all of them."""
    text = resources.files("openwado.protocol").joinpath("sop_categories.csv").read_text(encoding="utf-8")
    return tuple(SopClass(*row) for row in list(csv.reader(text.splitlines()))[1:])


@cache
def names() -> dict[str, str]:
    """Return the names of SOP Classes by UID."""
    return {row.uid: row.name for row in sop_classes()}


def kind_name(words: Wording, kind: str) -> str:
    """Return what a kind is called."""
    return words(f"kinds.{kind.replace('-', '_')}")


def category_name(words: Wording, family: str, kind: str) -> str:
    """Return the categories that objects of a kind are of, as requests address them (PS3.18 ch. 7)."""
    key = "encapsulated_other" if kind == "encapsulated" else kind if family == "image" else family
    return words(f"categories.{key.replace('-', '_')}")
