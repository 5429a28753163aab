"""The table of requirements: complete, and each row with a status and with tests that there are."""

from __future__ import annotations

import ast
import os
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from no_silent_skips import NO_CORPUS
from openwado.protocol.decisions import DECISIONS
from openwado.statement.requirements import STATUSES, requirements

CHECKOUT: Final = Path(__file__).resolve().parent.parent.parent
#: Numbers of requirements, of additions to them, of decisions and so on, as the specification writes them.
NUMBER: Final = re.compile(
    r"\b(?:REQ-[A-Z]+-[A-Za-z0-9.]+(?:-[A-Za-z0-9]+)?|RR-[0-9]+[a-z]?|AN-[0-9]+|D-[0-9]{2}|TR-[0-9]+)\b"
)
HAN: Final = re.compile(r"[\u4e00-\u9fff]")


@cache
def names_in(module: str) -> frozenset[str]:
    """Return the names of the tests in a module."""
    tree = ast.parse((CHECKOUT / module).read_text(encoding="utf-8"))
    return frozenset(
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )


def is_test(name: str) -> bool:
    """Say whether a test of this name would be collected."""
    module, _, function = name.partition("::")
    path = Path(module)
    return (
        path.parts[0] == "tests"
        and path.name.startswith("test_")
        and (CHECKOUT / path).is_file()
        and function in names_in(module)
    )


def test_every_requirement_has_one_row() -> None:
    """None stands there twice, and no number is of a form that nobody would look for."""
    counts = Counter(row.id for row in requirements())
    assert max(counts.values()) == 1
    assert all(NUMBER.fullmatch(number) for number in counts)
    assert {row.status for row in requirements()} == set(STATUSES)


def test_every_requirement_is_shown_by_tests_that_there_are() -> None:
    """What is met, and what is declared otherwise, is what a test shows; what is not applicable says why."""
    without = [row.id for row in requirements() if not row.tests and row.status != "not-applicable"]
    assert without == []
    missing = [(row.id, test) for row in requirements() for test in row.tests if not is_test(test)]
    assert missing == []
    assert all(len(set(row.tests)) == len(row.tests) for row in requirements())


@pytest.mark.parametrize(
    "name",
    [
        "tests/statement/test_requirements.py::test_that_there_is_not",
        "tests/statement/test_no_such_module.py::test_it",
        "tests/statement/test_requirements.py::is_test",
        "tests/command_line.py::run",
        "tests/statement/test_requirements.py",
        "src/openwado/assemble.py::test_it",
    ],
)
def test_what_is_no_test_is_found(name: str) -> None:
    """The test above can fail."""
    assert not is_test(name)
    assert is_test("tests/statement/test_requirements.py::test_what_is_no_test_is_found")


def test_every_requirement_is_worded_in_both_languages() -> None:
    """What differs from the requirement is said; decisions have the words of their own table."""
    for row in requirements():
        said = [row.remark] if row.status != "met" or any(row.remark) else []
        said += [row.wording] if row.id not in DECISIONS else []
        for english, chinese in said:
            assert english.strip(), row.id
            assert not HAN.search(english), row.id
            assert HAN.search(chinese), row.id


def test_every_decision_is_a_requirement() -> None:
    """The decisions between editions are declared with the rest."""
    assert {row.id for row in requirements() if row.id.startswith("D-")} == set(DECISIONS)
    assert all(not any(row.wording) for row in requirements() if row.id in DECISIONS)


def test_the_table_has_all_requirements_of_the_specification() -> None:
    """Where the specification is at hand, no number of it is missing, and none is invented."""
    folder = Path(os.environ.get("OPENWADO_CORPUS", CHECKOUT.parent / "shared" / "data")).parent
    specification = folder / "conformance.md"
    if not specification.exists():
        pytest.skip(NO_CORPUS)
    wanted = set(NUMBER.findall(specification.read_text(encoding="utf-8")))
    assert {row.id for row in requirements()} == wanted
