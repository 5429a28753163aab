"""The page of limits says what the settings and the tests say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, get_args, get_origin, get_type_hints

from openwado.config import Settings
from openwado.settings.limits import LimitSettings

CHECKOUT = Path(__file__).resolve().parent.parent
ROW = re.compile(r"^\| (.+?) \| `(\w+)` \| (\S+) \| (.+?) \| `(tests/[\w/]+\.py)::(\w+)` \|$", re.MULTILINE)


def rows() -> list[tuple[str, ...]]:
    """Return the rows of the table."""
    return ROW.findall((CHECKOUT / "docs" / "limits.md").read_text(encoding="utf-8"))


def test_defaults_are_those_of_the_settings() -> None:
    """Each setting in the table exists, and has the default that stands there."""
    assert len(rows()) >= 19
    for what, setting, default, _, _, _ in rows():
        assert float(getattr(Settings(), setting)) == float(default), what


def test_every_limit_is_in_the_table() -> None:
    """What the settings call a limit is there: the group of limits, and all names that begin with `max`."""
    own = set(LimitSettings.__annotations__) - {"title", "plain_lane_pixels"}
    named = {name for name in Settings.__struct_fields__ if name.startswith("max_")}
    assert own | named <= {setting for _, setting, *_ in rows()}


def test_every_limit_is_shown_by_a_test() -> None:
    """The test that a row names is there."""
    for what, _, _, _, path, name in rows():
        assert re.search(rf"^(async )?def {name}\(", (CHECKOUT / path).read_text(encoding="utf-8"), re.MULTILINE), what


def test_statuses_in_the_settings_are_those_of_the_table() -> None:
    """A status that the sentence of a setting names stands in its row."""
    hints = get_type_hints(Settings, include_extras=True)
    for what, setting, _, beyond, _, _ in rows():
        assert get_origin(hints[setting]) is Annotated
        said = " ".join(getattr(meta, "description", None) or "" for meta in get_args(hints[setting])[1:])
        assert set(re.findall(r"\b[45]\d\d\b", said)) <= set(re.findall(r"\b[45]\d\d\b", beyond)), what
