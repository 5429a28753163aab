"""Sentences about what went wrong, in Chinese: every one that a client may be shown, and nothing else."""

from __future__ import annotations

import re
from itertools import chain
from typing import get_args, get_type_hints

import pytest

from openwado.dicom.codecs import why_undecoded
from openwado.dicom.state_kinds import APPLIED
from openwado.dicom.undecoded import UNDECODED
from openwado.server.link_signing import LinkRequest
from openwado.server.problem_sentences import SENTENCES, WORDS, translated
from public_sentences import PLACE, public_sentences

NAMES = re.compile(r"{(\w+)}")
HAN = re.compile("[\u4e00-\u9fff]")


def filled(text: str) -> tuple[str, list[str]]:
    """Return a sentence with something in its places, and what."""
    pieces = text.split(PLACE)
    values = [f"<{number}>" for number in range(1, len(pieces))]
    return "".join(chain.from_iterable(zip(pieces, [*values, ""], strict=True))), values


def test_every_sentence_that_a_client_may_be_shown_has_its_chinese() -> None:
    """Whoever writes a new one adds it to a table beside `problem_sentences`; there are no exceptions."""
    missing = []
    for said in public_sentences():
        sentence, values = filled(said.text)
        chinese, language = translated(sentence, "zh-CN")
        if language != "zh-CN" or not all(value in chinese for value in values):
            missing.append(f"{said.place}: {said.text}")
    assert not missing, "\n".join(missing)


def test_the_source_is_followed_as_it_should_be() -> None:
    """What branches, helpers, tables and loops over tables say is found."""
    texts = {said.text for said in public_sentences()}
    assert len(texts) > 400
    assert {
        "There is no such study.",  # as it is
        f"There is no frame {PLACE}: this object has {PLACE} frames.",  # with a count and its noun
        f"{PLACE} must be a decimal number of at most 16 characters.",  # from a table
        "The token is for another server.",  # from a table, by a helper
        "Advanced blending presentation states with thresholds are not applied.",  # by a loop over one
        "The XML document in this object cannot be read: it is empty.",  # joined by a helper
        "An image that the presentation state blends, or the state, cannot be read as DICOM.",  # by a helper elsewhere
        f"The answer has {PLACE} bytes, none of which is in this range.",  # by an error itself
        f"This image cannot be drawn: Rows is {PLACE}.",  # by what becomes an error
    } <= texts


def test_every_sentence_in_the_tables_is_said() -> None:
    """None is there for nothing."""
    text = "\n".join({said.text for said in public_sentences()})
    for english, _ in SENTENCES:
        pattern = "[^\n]+".join(re.escape(piece) for piece in NAMES.split(english)[::2])
        assert re.search(rf"(?:^|(?<=[.?] )){pattern}(?:$| [A-Z])", text, re.MULTILINE), english


def test_no_sentence_is_there_twice() -> None:
    """Not under other names of its places either."""
    plain = [NAMES.sub(PLACE, english) for english, _ in SENTENCES]
    assert len(set(plain)) == len(plain)


@pytest.mark.parametrize(("english", "chinese"), SENTENCES)
def test_every_sentence_is_found_again(english: str, chinese: str) -> None:
    """Each sentence with something in its places becomes the Chinese one with the same in them, and no other."""
    places = NAMES.findall(english)
    assert set(NAMES.findall(chinese)) == set(places)
    assert HAN.search(chinese)
    values = {name: f"<{name}-{number}>" for number, name in enumerate(places)}
    assert translated(english.format_map(values), "zh-CN") == (chinese.format_map(values), "zh-CN")
    assert translated(english, "en") == (english, "en")


def test_a_sentence_that_is_not_there_stays_english() -> None:
    """It comes back as it is, marked so; one that goes on behind a known one is not cut."""
    for sentence in (
        "The JPEG stream of this frame has no end.",
        "There is no such study. Or is there?",
        "There is no such study. " * 7,
        "",
        "x" * 5000,
    ):
        assert translated(sentence, "zh-CN") == (sentence, "en")


def test_sentences_in_a_row_go_over_one_by_one() -> None:
    """The second does not end up in a place of the first."""
    reason = "This image cannot be drawn: Bits Allocated is 65, not 1 to 64."
    refusal = "This object cannot be had in a media type that the request accepts. It can be had as: application/dicom."
    assert translated(f"{reason} {refusal}", "zh-CN") == (
        (
            "无法绘制此图像：Bits Allocated 为 65，而不是 1 到 64。"
            "此对象不能以请求接受的媒体类型提供。可提供：application/dicom。"
        ),
        "zh-CN",
    )


def test_words_in_places_go_over_too() -> None:
    """Kinds of presentation states, scopes of links, why a transfer syntax is not decoded, what is left: nothing."""
    assert set(WORDS["kinds"]) == set(APPLIED.values())
    assert set(WORDS["reason"]) == {undecoded.reason for undecoded in UNDECODED.values()}
    assert set(WORDS["scope"]) == set(get_args(get_type_hints(LinkRequest)["scope"]))
    used = {name for _, chinese in SENTENCES for name in NAMES.findall(chinese)}
    assert set(WORDS) <= used
    *others, last = APPLIED.values()
    jpip = "1.2.840.10008.1.2.4.94"
    for sentence, chinese in (
        (
            f"Of the presentation states this server applies {', '.join(others)} and {last} ones.",
            "在各种显示状态中，本服务器应用以下几种：灰度、彩色、伪彩色、融合、XA/XRF 灰度、高级融合和可变模态 LUT。",
        ),
        ("bitDepth=16 is for image/png and image/jp2 only.", "bitDepth=16 仅用于 image/png、image/jp2。"),
        (
            f"Pixel data in the transfer syntax {jpip} cannot be decoded{why_undecoded(jpip)}.",
            f"传输语法 {jpip}（JPIP Referenced）的像素数据无法解码：像素数据位于其他服务器（JPIP）。",
        ),
        (
            "A link to this study cannot be made by who asks: no rule gives the right to hand it on.",
            "请求者不能为此检查生成链接：没有规则授予转交的权限。",
        ),
        (
            "This object cannot be had in a media type that the request accepts. It can be had as: nothing at all.",
            "此对象不能以请求接受的媒体类型提供。可提供：无。",
        ),
    ):
        assert translated(sentence, "zh-CN") == (chinese, "zh-CN")
