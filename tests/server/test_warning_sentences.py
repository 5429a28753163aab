"""Warnings have words in each language of the page."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import openwado
from openwado.render import corner_text, presentation
from openwado.server.warning_sentences import SENTENCES

PLACE = re.compile(r"{\w+}")


def warnings_of_requests() -> set[str]:
    """Return what `protocol/request.py` warns of, with places for what varies."""
    tree = ast.parse((Path(openwado.__file__).parent / "protocol" / "request.py").read_text(encoding="utf-8"))
    (function,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "_warnings"]
    said = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "warnings.append":
            (text,) = node.args
            assert isinstance(text, ast.JoinedStr)
            said.add("".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in text.values))
    return said


def test_every_warning_is_there() -> None:
    """Those of pictures, of their texts and of requests; and nothing that is no warning any more."""
    wanted = {presentation.WINDOW_WITHOUT_EFFECT, presentation.DEPTH_WITHOUT_EFFECT}
    wanted |= {corner_text.TECHNIQUE_LEFT_OUT, corner_text.ALL_LEFT_OUT, corner_text.LINES_LEFT_OUT}
    wanted |= warnings_of_requests()
    assert {PLACE.sub("{}", english) for english, _ in SENTENCES} == wanted


def test_places_are_the_same_in_both() -> None:
    """What varies goes over."""
    for english, chinese in SENTENCES:
        assert sorted(PLACE.findall(english)) == sorted(PLACE.findall(chinese))
        assert re.search("[\u4e00-\u9fff]", chinese)
