"""The requirements one by one: what is declared of each, and the tests that show it."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import Final, Literal, NamedTuple

Status = Literal["met", "otherwise", "not-applicable"]

STATUSES: Final[tuple[Status, ...]] = ("met", "otherwise", "not-applicable")


class Requirement(NamedTuple):
    """One requirement.

    Attributes:
        id: its number in the project's list of requirements.
        status: met, met otherwise than the words say, or not applicable.
        tests: that show it, as pytest names them.
        wording: English and Chinese; "" for decisions, whose table has the words.
        remark: likewise; "" for none.
    """

    id: str
    status: Status
    tests: tuple[str, ...]
    wording: tuple[str, str]
    remark: tuple[str, str]


@cache
def requirements() -> tuple[Requirement, ...]:
    """Return all of them, in their order."""
    text = resources.files("openwado.statement").joinpath("requirements.csv").read_text(encoding="utf-8")
    by_name: dict[str, Status] = {status: status for status in STATUSES}
    return tuple(
        Requirement(
            row["id"],
            by_name[row["status"]],
            tuple(row["tests"].split()),
            (row["en"], row["zh"]),
            (row["sentence_en"], row["sentence_zh"]),
        )
        for row in csv.DictReader(text.splitlines())
    )
