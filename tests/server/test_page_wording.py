"""The words of the web page: complete in each language, and in the one that is asked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import openwado.server
from openwado.errors import BadRequest
from openwado.protocol.language import LANGUAGES, choose_language, named_language
from openwado.protocol.parameters import ANNOTATION_EXTENSIONS, ANNOTATION_KEYWORDS
from openwado.protocol.store_response import FAILURE_REASONS
from openwado.server import page_wording_composer, page_wording_lists, page_wording_object, page_wording_problems
from openwado.server.composer_offer import CONTROLLED
from openwado.server.page_wording import EITHER, OWN_NAMES, WORDS, Wording, wording_of, wording_of_problem
from openwado.server.problems import KINDS

ROWS = (
    *page_wording_lists.ROWS,
    *page_wording_object.ROWS,
    *page_wording_composer.ROWS,
    *page_wording_problems.ROWS,
)
SERVER = Path(openwado.server.__path__[0])
PLACE = re.compile(r"{(\w+)}")
HAN = re.compile("[\u4e00-\u9fff]")


def scope(query: str = "", accept_language: str | None = None) -> dict[str, object]:
    """Return a request's scope."""
    headers = [] if accept_language is None else [(b"accept-language", accept_language.encode())]
    return {"type": "http", "query_string": query.encode(), "headers": headers}


def test_every_language_has_every_key_once() -> None:
    """No key stands in two rows; each language has all of them."""
    assert len({key for key, *_ in ROWS}) == len(ROWS)
    assert set(WORDS) == set(LANGUAGES) == set(OWN_NAMES)
    assert {frozenset(words) for words in WORDS.values()} == {frozenset(key for key, *_ in ROWS)}


def test_every_language_has_the_same_places_for_values() -> None:
    """Each form of each text has the same names between braces; where one and several differ there is n."""
    for key in WORDS["en"]:
        forms = [form for words in WORDS.values() for form in words[key].split(EITHER)]
        places = {frozenset(PLACE.findall(form)) for form in forms}
        assert len(places) == 1, key
        assert len(forms) == len(WORDS) or "n" in PLACE.findall(forms[0]), key


def test_no_text_is_missing_or_left_in_english() -> None:
    """Each Chinese text has Chinese in it, but for names that are the same everywhere; no English text has."""
    same = {key for key in WORDS["en"] if WORDS["en"][key] == WORDS["zh-CN"][key]}
    assert not same
    for key, english in WORDS["en"].items():
        assert english.strip() == english != "", key
        assert not HAN.search(english), key
        assert HAN.search(WORDS["zh-CN"][key]) or not re.search("[A-Za-z]{4}", PLACE.sub("", english)) or key in same


def test_every_key_is_used_and_every_used_key_is_there() -> None:
    """Templates and modules name no key that there is not, and no text is in the tables for nothing."""
    sources = [path.read_text(encoding="utf-8") for path in SERVER.rglob("*.html")]
    modules = [path for path in SERVER.glob("*.py") if not path.stem.startswith("page_wording_")]
    sources += [path.read_text(encoding="utf-8") for path in modules]
    text = "\n".join(sources)
    used = {key for key in re.findall(r"\bsay\(\s*\"([^\"{]+)\"", text) if key[-1] != " "}  # else it goes on
    assert used <= set(WORDS["en"])
    made = {"sex M", "sex F", "sex O", *(f"scope {scope}" for scope in ("object", "series", "study"))}
    made |= {*FAILURE_REASONS, *(f"status {kind.status}" for kind in KINDS.values())}
    made |= {f"right {name}" for name in CONTROLLED}
    made |= {f"annotation {word}" for word in ANNOTATION_KEYWORDS | ANNOTATION_EXTENSIONS}
    made |= {f"region {corner}" for corner in ("xmin", "ymin", "xmax", "ymax")}
    assert {key for key in WORDS["en"] if f'"{key}"' not in text} <= made


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_can_be_said(language: str) -> None:
    """No text has a brace too many: each takes its values and gives them back."""
    for key, words in WORDS[language].items():
        values: dict[str, object] = {name: f"<{name}>" for name in PLACE.findall(words)}
        said = Wording(language)(key, **values)
        assert all(str(value) in said for value in values.values()), key
        assert "{" not in said, key


def test_every_status_and_reason_has_its_words() -> None:
    """In English a status has the name that the table of statuses gives it."""
    assert {kind.status: kind.title for kind in KINDS.values()} == {
        kind.status: WORDS["en"][f"status {kind.status}"] for kind in KINDS.values()
    }
    assert set(FAILURE_REASONS) <= set(WORDS["en"])


def test_counts_are_grouped_and_bend_their_noun() -> None:
    """One object, several objects; thousands apart; Chinese has one form."""
    english, chinese = Wording("en"), Wording("zh-CN")
    assert [english("n objects", n=n) for n in (0, 1, 2)] == ["0 objects", "1 object", "2 objects"]
    assert english("n objects", n=1234567) == "1\u202f234\u202f567 objects"
    assert [chinese("n objects", n=n) for n in (1, 2)] == ["1 个对象", "2 个对象"]


def test_dates_and_sexes_are_written_as_the_language_does() -> None:
    """A date that is none, and a sex that is no code, stay as they are."""
    english, chinese = Wording("en"), Wording("zh-CN")
    assert (english.date("20260131"), chinese.date("2026.01.31")) == ("2026-01-31", "2026年1月31日")
    assert (english.date("unknown"), chinese.date("202601")) == ("unknown", "202601")
    assert (english.sex("F"), chinese.sex("F"), chinese.sex("N")) == ("female", "女", "N")


@pytest.mark.parametrize(
    ("query", "header", "language", "is_named"),
    [
        ("", None, "en", False),
        ("", "zh-Hans-CN, en;q=0.5", "zh-CN", False),
        ("", "fr", "en", False),
        ("lang=zh-CN", "en", "zh-CN", True),
        ("page=2&lang=zh", "en", "zh-CN", True),
        ("lang=en-GB", "zh", "en", True),
        ("language=zh", "en", "en", False),
    ],
)
def test_the_address_wins_over_the_browser(query: str, header: str | None, language: str, *, is_named: bool) -> None:
    """RFC 9110 12.5.4: Accept-Language counts where the address names none."""
    say = wording_of(scope(query, header))
    assert (say.language, say.is_named) == (language, is_named)
    assert wording_of_problem(scope(query, header)) == say


@pytest.mark.parametrize("query", ["lang=", "lang=fr", "lang=*", "lang=zh_CN", "lang=%E4%B8%AD"])
def test_a_language_that_there_is_not_is_refused(query: str) -> None:
    """400 names the parameter; the error page itself speaks the browser's language."""
    with pytest.raises(BadRequest) as refusal:
        wording_of(scope(query, "zh"))
    assert refusal.value.parameter == "lang"
    assert wording_of_problem(scope(query, "zh")) == Wording("zh-CN")


def test_a_tag_names_a_language_by_its_first_subtag() -> None:
    """BCP 47 2.2.1."""
    assert [named_language(tag) for tag in ("EN", "zh-TW", "zho", "e", "en-")] == ["en", "zh-CN", None, None, None]
    assert choose_language("zh-TW") == "zh-CN"
