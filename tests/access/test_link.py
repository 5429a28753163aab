"""Signed links: what they carry, and that nothing about them can be changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openwado.access.link import LinkKey, LinkKeys, LinkWish, make_secret, masked
from openwado.access.subject import Subject
from openwado.dicom.instance import Description
from openwado.errors import BadRequest, Forbidden, Gone, WadoError

KEYS = LinkKeys([LinkKey(id="b", secret="b" * 32), LinkKey(id="a", secret="a" * 32)])
QUERY = "requestType=WADO&studyUID=1.2&seriesUID=1.2.3&objectUID=1.2.3.4&contentType=image/svg+xml"


def subject(study: str = "1.2", series: str = "1.2.3", sop: str = "1.2.3.4") -> Subject:
    """Return an object."""
    return Subject(study, series, sop, Description())


def test_a_link_gives_back_the_request_as_it_was() -> None:
    """The query without the link's own parameters is the one that was signed, to the letter."""
    link = KEYS.read(KEYS.sign(LinkWish(QUERY, 100, uses=2)), 99)
    assert (link.query, link.key_id, link.uses, link.expires) == (QUERY, "b", 2, 100)
    assert link.permission.rights_on(subject()) == {"view"}
    for other in (subject(study="1.3"), subject(series="1.2.4"), subject(sop="1.2.3.5")):
        assert link.permission.rights_on(other) == frozenset()


def test_a_link_ends() -> None:
    """From its last second on it is gone (410)."""
    with pytest.raises(Gone):
        KEYS.read(KEYS.sign(LinkWish(QUERY, 100)), 100)


def test_a_key_can_be_revoked_and_followed_by_another() -> None:
    """Links of a key that was taken away are refused; those of one that signs no more are not."""
    older = KEYS.sign(LinkWish(QUERY, 100), "a")
    assert KEYS.read(older, 0).key_id == "a"
    with pytest.raises(Forbidden):
        LinkKeys([LinkKey(id="b", secret="b" * 32)]).read(older, 0)
    with pytest.raises(Forbidden):
        LinkKeys([LinkKey(id="a", secret=make_secret())]).read(older, 0)
    with pytest.raises(BadRequest):
        KEYS.sign(LinkWish(QUERY, 100), "c")


def test_what_a_link_allows_is_said_by_its_query() -> None:
    """contentType=application/dicom alone is native, anonymize=yes is anonymized, all else is view."""
    for more, allows in (
        ("contentType=application/dicom", "native"),
        ("contentType=application%2FDICOM;q=1", "native"),
        ("contentType=application/dicom,image/png", "view"),
        ("anonymize=yes&contentType=application/dicom", "anonymized"),
        ("rows=2", "view"),
    ):
        base = QUERY.partition("&contentType")[0]
        assert KEYS.read(KEYS.sign(LinkWish(f"{base}&{more}", 9)), 0).permission.allows == allows


@given(data=st.data())
def test_no_change_is_taken(data: st.DataObject) -> None:
    """Any change of any character, any cut, any pair more: refused, or the very same request."""
    link = KEYS.sign(LinkWish(QUERY, 1000))
    place = data.draw(st.integers(0, len(link) - 1))
    letter = data.draw(st.characters(min_codepoint=33, max_codepoint=126))
    kind = data.draw(st.sampled_from(["change", "insert", "cut", "remove"]))
    changed = {
        "change": link[:place] + letter + link[place + 1 :],
        "insert": link[:place] + letter + link[place:],
        "cut": link[:place],
        "remove": link[:place] + link[place + 1 :],
    }[kind]
    try:
        read = KEYS.read(changed, 0)
    except WadoError:
        return
    assert sorted(pair for pair in read.query.split("&") if pair) == sorted(QUERY.split("&"))
    assert read.permission == KEYS.read(link, 0).permission


def test_a_plus_is_not_its_escape() -> None:
    """`+` and `%2B` mean different things in a query, so a signature for one is none for the other."""
    link = KEYS.sign(LinkWish(QUERY, 9))
    with pytest.raises(Forbidden):
        KEYS.read(link.replace("svg+xml", "svg%2Bxml"), 0)


@pytest.mark.parametrize("row", [("", "x" * 32), ("a b", "x" * 32), ("a", "x" * 31)])
def test_a_key_that_cannot_be_is_refused(row: tuple[str, str]) -> None:
    """An id stands in links as it is, and a secret is not short."""
    with pytest.raises(ValueError, match=r"id|secret"):
        LinkKeys([LinkKey(id=row[0], secret=row[1])])


def test_a_link_is_not_signed_again() -> None:
    """What is a link already is no request."""
    with pytest.raises(BadRequest):
        KEYS.sign(LinkWish(KEYS.sign(LinkWish(QUERY, 9)), 9))


def told(study: str = "1.2", sop: str = "1.2.3.4", **words: str) -> Subject:
    """Return an object with words about it."""
    return Subject(study, "1.2.3", sop, Description(**words))  # type: ignore[arg-type] # none of them is a number


def test_a_link_can_be_bound_to_what_objects_are_like() -> None:
    """It opens what has the same values of the attributes, all together, and nothing else of its study."""
    first, second = "PATIENT-ONE", "PATIENT-TWO"  # longer than what signatures have in them by chance
    like = (told(modality="MODALITY-CT", patient_id=first), told(modality="MODALITY-PT", patient_id=second))
    wish = LinkWish(QUERY, 9, "study", bound_by=frozenset({"patient_id", "modality"}), like=like)
    query = KEYS.sign(wish)
    permission = KEYS.read(query, 0).permission
    for other, opens in (
        (told(sop="9", modality="MODALITY-CT", patient_id=first, institution_name="any"), True),
        (told(sop="9", modality="MODALITY-PT", patient_id=second), True),
        (told(sop="9", modality="MODALITY-PT", patient_id=first), False),
        (told(sop="9", modality="MODALITY-CT"), False),
        (told(study="1.9", modality="MODALITY-CT", patient_id=first), False),
    ):
        assert bool(permission.rights_on(other)) is opens
    assert permission.attributes == {"patient_id", "modality"}
    assert permission.held_by("view", "study", like[0]) is None
    assert not any(value in query for value in (first, second, "=MODALITY-CT"))
    assert KEYS.read(query, 0).query == QUERY


def test_what_a_link_is_bound_to_cannot_be_changed() -> None:
    """Neither left out, nor taken from another link, nor said twice; and what is no such thing is refused."""
    bound = [KEYS.sign(LinkWish(QUERY, 9, bound_by=frozenset({"modality"}), like=(told(modality=m),))) for m in "ab"]
    alike = [next(pair for pair in query.split("&") if pair.startswith("alike=")) for query in bound]
    free = KEYS.sign(LinkWish(QUERY, 9))
    for changed in (
        bound[0].replace(f"&{alike[0]}", ""),
        bound[0].replace(alike[0], alike[1]),
        bound[0].replace(alike[0], "alike="),
        bound[0].replace(alike[0], "alike=modality"),
        f"{bound[0]}&{alike[0]}",
        f"{free}&{alike[0]}",
    ):
        with pytest.raises(Forbidden):
            KEYS.read(changed, 0)


def test_a_link_is_not_bound_to_too_many_kinds() -> None:
    """16 of them are one link; for more there would be no end of its length."""
    kinds = tuple(told(patient_id=f"P{number}") for number in range(17))
    assert KEYS.sign(LinkWish(QUERY, 9, bound_by=frozenset({"patient_id"}), like=kinds[:16])).count("~") == 16
    with pytest.raises(Forbidden, match="so different"):
        KEYS.sign(LinkWish(QUERY, 9, bound_by=frozenset({"patient_id"}), like=kinds))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1&signature=abc-_9&b=2", "a=1&signature=…&b=2"),
        (
            "q=http%3A%2F%2Fx%2Fwado%3Fa%3D1%26signature%3Dabc%26b%3D2",
            "q=http%3A%2F%2Fx%2Fwado%3Fa%3D1%26signature%3D…%26b%3D2",
        ),
        ("q=x%2526signature%253Dabc%2526b", "q=x%2526signature%253D…%2526b"),
        ("%73ignature=abc&b=2", "signature=…&b=2"),
        ("%2573ignature=abc", "signature=…"),
        ("name=signature&b=%20", "name=signature&b=%20"),
    ],
)
def test_signatures_are_masked(text: str, expected: str) -> None:
    """In whatever way they are written; all else stays as it is."""
    assert masked(text) == expected
