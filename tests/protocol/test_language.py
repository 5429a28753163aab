"""The language of our own words (RFC 9110 12.5.4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openwado.protocol.language import LANGUAGES, choose_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("zh", "zh-CN"),
        ("zh-Hans-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("en-GB,zh-CN;q=0.9", "en"),
        ("de,zh;q=0.5", "zh-CN"),
        ("de", "en"),
        ("*", "en"),
        ("en;q=0,*", "zh-CN"),
        ("ZH-tw", "zh-CN"),
        ("zh;q=nonsense", "en"),
        ("zh;q=0", "en"),
        (";;,,", "en"),
    ],
)
def test_choice(header: str | None, language: str) -> None:
    """The language with the best q; English where neither is asked for; what is malformed is passed over."""
    assert choose_language(header) == language


@given(st.text(alphabet="azhCN-;,q=0.15* ", max_size=60))
def test_any_header_has_an_answer(header: str) -> None:
    """No header field can make it fail."""
    assert choose_language(header) in LANGUAGES
