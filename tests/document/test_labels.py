"""Words of documents in the languages that they are written in."""

from __future__ import annotations

import pytest

from openwado.dicom.formatting import age
from openwado.document.facts import Fact
from openwado.document.labels import fact_value


@pytest.mark.parametrize(
    ("stored", "english", "chinese"),
    [
        ("041Y", "41 y", "41 岁"),
        ("018M", "18 months", "18 个月"),
        ("003W", "3 weeks", "3 周"),
        ("005D", "5 days", "5 天"),
    ],
)
def test_an_age_has_the_words_of_its_language(stored: str, english: str, chinese: str) -> None:
    """Each unit of Age String (PS3.5 table 6.2-1) has a word in both."""
    fact = Fact("age", age(stored), stored)
    assert (fact_value(fact, "en"), fact_value(fact, "zh-CN")) == (english, chinese)


def test_what_is_no_age_is_shown_as_it_is() -> None:
    """A value that no unit can be read in is not changed."""
    assert fact_value(Fact("age", "forty"), "zh-CN") == "forty"
