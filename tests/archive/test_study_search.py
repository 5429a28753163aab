"""Which studies a search finds: the same in every index, and where the values of a study are compared themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openwado.archive.study_search import EVERYTHING, LONGEST_WORD, WORDS_MAX, StudySearch, Word, words_in
from openwado.archive.study_words import FIELDS, Field, field_of, folded, sortable_date, words_of
from openwado.dicom.instance import Description

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from openwado.archive.index import FileNote
    from openwado.archive.sql_index import SqlIndex

    MakeNote = Callable[..., FileNote]

PEOPLE = {
    "1.1": Description(
        patient_name="Müller^Jörg", patient_id="00123", study_date="20250131", study_description="CT Thorax nativ",
        accession_number="A-77", modality="CT", series_number=1, patient_birth_date="19700301",
        series_description="Lunge, weiche Rekonstruktion",
    ),
    "1.2": Description(
        patient_name="Zhang^XiaoDong=张^小东", patient_id="123-X", study_date="2024.06.30", study_description="头部 MR",
        modality="MR", series_number=1,
    ),
    "1.3": Description(
        patient_name="Пример^Анна", patient_id="100%_\\", study_date="", study_description="US Abdomen", modality="US",
        series_number=1,
    ),
    "1.4": Description(patient_name="O'Neill^Anne Marie", study_date="20250201", modality="XA", series_number=1),
}  # fmt: skip


def search(text: str = "", fields: tuple[Field, ...] = FIELDS, **dates: str) -> StudySearch:
    """Return a search for words."""
    return StudySearch(tuple(words_in(text, fields)), **dates)


@pytest.fixture
def filled(index: SqlIndex, note: MakeNote) -> SqlIndex:
    """Return an index with some studies; 1.1 has a second series, of another modality."""
    notes = [note(f"/{uid}", f"{uid}.1.1", uid, f"{uid}.1", said) for uid, said in PEOPLE.items()]
    second = Description(modality="SR", series_number=2, series_description="Dose report 台")
    notes.append(note("/sr", "1.1.2.1", "1.1", "1.1.2", second))
    index.write(notes)
    return index


def found(index: SqlIndex, wanted: StudySearch) -> list[str]:
    """Return which studies are found, each by all that index can say of it."""
    rows = index.studies(offset=0, limit=99, search=wanted)
    uids = [row.study_instance_uid for row in rows]
    assert index.count_studies(wanted, 99) == len(uids)
    assert index.count_studies(wanted, 1) == (min(1, len(uids)) if not wanted.is_for_all else len(uids))
    in_series = [row.study_instance_uid for row in index.studies_with_series(offset=0, limit=99, search=wanted)]
    assert list(dict.fromkeys(in_series)) == uids
    texts = {row.study_instance_uid: row for row in index.studies(offset=0, limit=99)}
    series = index.series_of(list(texts))
    compared = {
        uid
        for uid, row in texts.items()
        if wanted.finds(
            words_of(row.description, row.modalities, [one.description.series_description for one in series[uid]]),
            sortable_date(row.description.study_date),
        )
    }
    assert compared == set(uids), "what is compared as values finds the same"
    return uids


#: What is typed, and what is found.
ANYWHERE: list[tuple[str, list[str]]] = [
    ("", ["1.4", "1.1", "1.2", "1.3"]),
    ("muller", ["1.1"]),
    ("MÜLLER jorg", ["1.1"]),
    ("jörg^müller", ["1.1"]),
    ("Müller, Jörg", ["1.1"]),
    ("ülle", ["1.1"]),
    ("muller anna", []),
    ("小东", ["1.2"]),
    ("张小东", ["1.2"]),
    ("张^小东", ["1.2"]),
    ("东", ["1.2"]),
    ("xiaodong", ["1.2"]),
    ("ＺＨＡＮＧ", ["1.2"]),  # noqa: RUF001 -- of full width
    ("анна", ["1.3"]),
    ("ПРИМЕР", ["1.3"]),
    ("123", ["1.1", "1.2"]),
    ("a-77", ["1.1"]),
    ("2025-01", ["1.1"]),
    ("ct thorax", ["1.1"]),
    ("sr", ["1.1"]),
    ("1970-03-01", ["1.1"]),
    ("19700301", ["1.1"]),
    ("20250131", ["1.1"]),
    ("19700302", []),
    ("lunge weiche", ["1.1"]),
    ("dose", ["1.1"]),
    ("台", ["1.1"]),
    ("o'neill", ["1.4"]),
    ("%", ["1.3"]),
    ("_", ["1.3"]),
    ("\\", ["1.3"]),
    ("100%", ["1.3"]),
    ("1%3", []),
    ("ann*", ["1.4"]),
    ("ann?", ["1.4"]),
    ("?nna", []),
    ("m*r", ["1.1", "1.2"]),
    ("*ller", ["1.1"]),
    ("*ll*", ["1.4", "1.1"]),
    ("12*3", []),
    ("anne*marie", ["1.4"]),
    ("muller*77", []),
    ("00?23", ["1.1"]),
    ("小？", ["1.2"]),
    ("小?", ["1.2"]),
    ("*", ["1.4", "1.1", "1.2", "1.3"]),
    ("** ***", ["1.4", "1.1", "1.2", "1.3"]),
    ("'; DROP TABLE study; --", []),
    ("\x01\x02 muller \0", ["1.1"]),
]  # fmt: skip


def test_words_are_found_anywhere(filled: SqlIndex) -> None:
    """Case, accents, width and order do not matter; `*` and `?` are those of PS3.4 C.2.2.2.4, and nothing else is."""
    assert [(text, found(filled, search(text))) for text, _ in ANYWHERE] == ANYWHERE


#: Field, what is typed, and what is found.
IN_FIELDS: list[tuple[Field, str, list[str]]] = [
    ("name", "mr", []),
    ("name", "123", []),
    ("id", "123", ["1.1", "1.2"]),
    ("id", "123*", ["1.2"]),
    ("id", "00123", ["1.1"]),
    ("accession", "77", ["1.1"]),
    ("accession", "123", []),
    ("description", "thorax", ["1.1"]),
    ("description", "mr", ["1.2"]),
    ("description", "th*nativ", ["1.1"]),
    ("name", "th*nativ", []),
    ("name", "zhang*东", ["1.2"]),
    ("date", "2025", ["1.4", "1.1"]),
    ("date", "19700301", []),
    ("birth", "19700301", ["1.1"]),
    ("birth", "1970", ["1.1"]),
    ("birth", "2025", []),
    ("name", "19700301", []),
    ("series", "dose", ["1.1"]),
    ("series", "thorax", []),
    ("description", "dose", []),
]


def test_words_of_one_field_are_found_there_only(filled: SqlIndex) -> None:
    """A pattern never reaches from one field into the next."""
    assert [(field, text, found(filled, search(text, (field,)))) for field, text, _ in IN_FIELDS] == IN_FIELDS


#: The first day, the last one, and what is found.
DATES: list[tuple[str, str, list[str]]] = [
    ("20250131", "20250131", ["1.1"]),
    ("20250131", "", ["1.4", "1.1"]),
    ("", "20250131", ["1.1", "1.2"]),
    ("20240101", "20241231", ["1.2"]),
    ("20260101", "", []),
]


def test_dates_are_a_range(filled: SqlIndex) -> None:
    """PS3.4 C.2.2.2.5: both ends are in it; a study without a date is in none."""
    assert [(first, last, found(filled, StudySearch((), first, last))) for first, last, _ in DATES] == DATES


def test_one_of_several_modalities_is_enough(filled: SqlIndex) -> None:
    """Alternatives are whole words: CT is none of DCT, and M none of MR."""
    mine = {name: (Word(name, ("modality",), is_whole=True),) for name in ("ct", "mr", "m", "sr")}
    assert found(filled, StudySearch((mine["ct"] + mine["mr"],))) == ["1.1", "1.2"]
    assert found(filled, StudySearch((mine["m"],))) == []
    assert found(filled, StudySearch((mine["ct"], mine["sr"]))) == ["1.1"]


def test_words_follow_what_is_in_a_study(filled: SqlIndex, note: MakeNote) -> None:
    """What is taken away is not found any more; what comes is."""
    filled.forget(["/sr"])
    assert found(filled, search("sr")) == []
    filled.write([note("/1.4", "1.4.1.1", "1.4", "1.4.1", Description(patient_name="Other^Name", modality="XA"))])
    assert (found(filled, search("neill")), found(filled, search("other"))) == ([], ["1.4"])


def test_the_study_of_a_series(filled: SqlIndex) -> None:
    """A series is found by its UID alone."""
    assert (filled.study_of("1.1.2"), filled.study_of("1.2.1"), filled.study_of("9")) == ("1.1", "1.2", "")


def test_too_many_words_are_no_search() -> None:
    """A search has bounds, so that no address makes the database work for long."""
    assert len(list(words_in("a " * WORDS_MAX))) == WORDS_MAX
    for text in ("a " * (WORDS_MAX + 1), "a" * (LONGEST_WORD + 1)):
        with pytest.raises(ValueError, match="words"):
            list(words_in(text))


def test_many_wildcards_do_not_take_long(index: SqlIndex, note: MakeNote) -> None:
    """The worst pattern that fits comes to its end: it takes no exponential number of steps."""
    words = "a" * 64
    index.write([note(f"/{n}", f"1.{n}.1", f"1.{n}", f"1.{n}.1", Description(patient_id=words)) for n in range(50)])
    nasty = search("*a" * 31 + "b*")
    assert found(index, nasty) == []


# ---------------------------------------------------------------------- letters


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Straße", "strasse"),
        ("Łódź Ørsted Đặng", "lodz orsted dang"),
        ("ÆØÅ œ", "aeoa oe"),
        ("İstanbul \N{LATIN SMALL LETTER DOTLESS I}I", "istanbul ii"),
        ("Ελληνικά Σίσυφος", "ελληνικα σισυφοσ"),
        ("Ёлка Йод", "елка иод"),
        ("שָׁלוֹם", "שלום"),
        ("مُحَمَّد", "محمد"),
        ("김철수", "김철수"),
        ("ガギグ ハ", "ガギグ ハ"),
        ("ｶﾞ", "ガ"),
        ("हिन्दी", "हिन्दी"),
        ("ไทยไข้", "ไทยไข้"),
        ("王^小東=Wáng", "王 小東 wang"),
        ("  a\tb\r\nc  ", "a b c"),
        ("①Ⅳ", "1iv"),
    ],
)
def test_letters_are_folded(text: str, expected: str) -> None:
    """Accents go where they are accents; vowel signs, voicing marks and syllables of other scripts stay."""
    assert folded(text) == expected


@given(st.text(max_size=40))
@settings(max_examples=150, deadline=None)
def test_folding_again_changes_nothing(text: str) -> None:
    """Folded text is folded: what is typed and what is stored come to the same."""
    once = folded(text)
    assert folded(once) == once
    assert folded(text.upper().lower()) == folded(text.upper())


_LETTERS = st.text(st.sampled_from("abAÄ 张東*?%_\\^=.,12"), max_size=8)


@given(
    people=st.lists(st.tuples(_LETTERS, _LETTERS, _LETTERS), min_size=1, max_size=4),
    asked=st.lists(st.tuples(_LETTERS, st.sampled_from([FIELDS, ("name",), ("id",), ("description",)])), max_size=2),
)
@settings(max_examples=150, deadline=None)
def test_patterns_and_comparison_agree(
    people: Sequence[tuple[str, str, str]], asked: Sequence[tuple[str, tuple[Field, ...]]]
) -> None:
    """LIKE, as SQL has it, holds for exactly those texts in which the words are."""
    import sqlite3  # noqa: PLC0415 -- an engine of LIKE that is not ours

    wanted = StudySearch(tuple(word for text, fields in asked for word in words_in(text, fields)))
    where, values = wanted.where()
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE study (place INTEGER, study_date TEXT, words TEXT)")
    texts = [
        words_of(Description(patient_name=a, patient_id=b, study_description=c), ["CT"], [c]) for a, b, c in people
    ]
    connection.executemany("INSERT INTO study VALUES (?, '', ?)", list(enumerate(texts)))
    selected = {place for (place,) in connection.execute(f"SELECT place FROM study {where}", values)}  # noqa: S608
    connection.close()
    assert selected == {place for place, text in enumerate(texts) if wanted.finds(text, "")}
    for text, (name, number, _) in zip(texts, people, strict=True):
        assert field_of(text, "id").split() == folded(number).split()
        assert field_of(text, "name").split()[: len(folded(name).split())] == folded(name).split()
        assert field_of(text, "modality") == " ct "


def test_everything_has_no_condition() -> None:
    """A list of all studies goes by the index alone."""
    assert EVERYTHING.is_for_all
    assert EVERYTHING.where() == ("", ())
    assert search("* **").is_for_all


def test_long_values_are_cut(index: SqlIndex, note: MakeNote) -> None:
    """An object with an endless description costs no endless row."""
    said: dict[str, Any] = {"study_description": "word " * 10_000}
    index.write([note("/a", "1.1.1", "1.1", "1.1.1", Description(**said))])
    assert len(words_of(Description(**said), [], ["word " * 1000] * 50)) < 3000
    assert found(index, search("word")) == ["1.1"]
