"""Rules: which roles have which rights on which objects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from openwado.access.condition import UnusableRule
from openwado.access.permission import RulePermission, check_right, narrowing
from openwado.access.policy import Policy, read_rule
from openwado.access.principal import Principal
from openwado.access.rights import RIGHTS, required_right
from openwado.access.subject import ATTRIBUTES, Subject
from openwado.dicom.instance import Description
from openwado.errors import Forbidden

SUBJECT = Subject(
    "1.2", "1.2.3", "1.2.3.4", Description(patient_id="P1", modality="CT", institution_name="St. Mary [East]")
)


def permission(*tables: dict[str, str | list[str]], roles: tuple[str, ...] = ("a",), **claims: str) -> RulePermission:
    """Return what somebody with some roles may do."""
    said = {name: (value,) for name, value in claims.items() if value}
    return Policy([read_rule(table) for table in tables]).permission_of(Principal("x", "token", frozenset(roles), said))


def test_what_no_rule_allows_is_not_allowed() -> None:
    """Without a rule for one of the roles there are no rights at all."""
    assert permission(roles=()).somewhere == frozenset()
    assert permission({"roles": "b", "rights": "view"}).rights_on(SUBJECT) == frozenset()
    assert permission({"roles": "*", "rights": "view"}, roles=()).rights_on(SUBJECT) == {"view"}


def test_rights_of_several_rules_add_up() -> None:
    """Each rule gives its rights where its conditions hold, all of them."""
    found = permission(
        {"roles": "a", "rights": "view"},
        {"roles": ["a", "c"], "rights": "native", "modality": "CT", "patient_id": ["P0", "P1"]},
        {"roles": "a", "rights": "store", "modality": "CT", "patient_id": "P2"},
    )
    assert found.rights_on(SUBJECT) == {"view", "native", "anonymized"}
    assert found.everywhere == {"view"}
    assert found.somewhere == {"view", "native", "anonymized", "store"}


@pytest.mark.parametrize(
    ("name", "value", "holds"),
    [
        ("institution_name", "St. Mary [East]", True),
        ("institution_name", "St. Mary*", True),
        ("institution_name", "St? Mary [E*", True),
        ("institution_name", "St. Mary", False),
        ("institution_name", "st. mary*", False),
        ("modality", "C.", False),
        ("modality", "*", True),
        ("accession_number", "*", False),
        ("study_instance_uid", "1.2", True),
        ("series_instance_uid", "1.2", False),
        ("patient_id", "{pid}", True),
        ("patient_id", "{other}", False),
        ("institution_name", "{star}", False),
    ],
)
def test_conditions(name: str, value: str, *, holds: bool) -> None:
    """Values are compared whole and by case; * and ? match as in DICOM, but not in claims; nothing is no value."""
    found = permission({"roles": "a", "rights": "view", name: value}, pid="P1", star="*")
    assert ("view" in found.rights_on(SUBJECT)) is holds


def test_a_right_on_all_of_a_study_needs_conditions_of_the_study() -> None:
    """What is said of a modality says nothing about the rest of the study; what it hangs on is named."""
    by_modality = permission({"roles": "a", "rights": "view", "modality": "CT"})
    assert by_modality.held_by("view", "series", SUBJECT) == frozenset({"modality"})
    assert by_modality.held_by("view", "study", SUBJECT) is None
    assert by_modality.held_by("native", "series", SUBJECT) is None
    by_patient = permission({"roles": "a", "rights": "view", "patient_id": "P1"})
    assert by_patient.held_by("view", "study", SUBJECT) == frozenset({"patient_id"})
    assert permission({"roles": "a", "rights": "view", "patient_id": "P2"}).held_by("view", "series", SUBJECT) is None
    both = permission(
        {"roles": "a", "rights": "view", "modality": "CT", "patient_id": "P1"},
        {"roles": "a", "rights": "view", "patient_id": "P1"},
        {"roles": "a", "rights": "native"},
    )
    assert both.held_by("view", "study", SUBJECT) == frozenset({"patient_id"})  # the rule that asks for least
    assert both.held_by("native", "study", SUBJECT) == frozenset()
    assert both.attributes == {"modality", "patient_id"}


@pytest.mark.parametrize(
    "table",
    [
        {"rights": "view"},
        {"roles": "a"},
        {"roles": "a", "rights": "look"},
        {"roles": "a", "rights": ["view"], "patient": "1"},
        {"roles": "a", "rights": ["view"], "patient_id": ""},
        {"roles": "a", "rights": ["view"], "patient_id": []},
        {"roles": "a", "rights": ["view"], "patient_id": "x{claim}"},
        {"roles": [""], "rights": ["view"]},
    ],
)
def test_a_rule_that_cannot_be_is_refused(table: dict[str, str | list[str]]) -> None:
    """A misspelt rule keeps the server from starting; it is never read as one that allows more."""
    with pytest.raises(UnusableRule):
        read_rule(table)


def test_the_right_that_an_answer_needs() -> None:
    """DICOM needs native, or anonymized where that is asked for; all else needs view."""
    assert [required_right("dicom", anonymize=no) for no in (False, True)] == ["native", "anonymized"]
    assert required_right("text", anonymize=False) == "view"
    check_right(frozenset({"view"}), "view")
    for rights in ({"anonymized"}, {"view"}, {"store"}):
        with pytest.raises(Forbidden):
            check_right(frozenset(rights), "native")  # type: ignore[arg-type] # they are rights


def test_who_may_read_everything_is_not_looked_at_again() -> None:
    """Only view and native on everything spare the look at an object."""
    assert narrowing(None) is None
    assert narrowing(permission({"roles": "a", "rights": ["view", "native"]})) is None
    assert narrowing(permission({"roles": "a", "rights": ["view"]})) is not None
    assert narrowing(permission({"roles": "a", "rights": ["view", "native"], "modality": "CT"})) is not None


@given(
    rules=st.lists(
        st.tuples(
            st.sampled_from(RIGHTS), st.sampled_from(sorted(ATTRIBUTES)), st.sampled_from(["P1", "CT", "1.2", "x"])
        ),
        max_size=6,
    )
)
def test_rights_on_all_are_rights_on_each(rules: list[tuple[str, str, str]]) -> None:
    """Whatever the rules: what holds for all of a study holds for its series, and that for each object.

    And an object with the same values of what a right hangs on gives that right too.
    """
    tables: list[dict[str, str | list[str]]] = [
        {"roles": "a", "rights": right, name: value} for right, name, value in rules
    ]
    found = permission(*tables)
    study, series = (
        {right: names for right in RIGHTS if (names := found.held_by(right, level, SUBJECT)) is not None}
        for level in ("study", "series")
    )
    assert found.everywhere <= study.keys() <= series.keys() <= found.rights_on(SUBJECT) <= found.somewhere
    for right, names in series.items():
        kept = {name: ATTRIBUTES[name].read(SUBJECT) for name in names}
        words = {name: value for name, value in kept.items() if not name.endswith("instance_uid")}
        description = replace(Description(), **words)
        other = Subject(kept.get("study_instance_uid", "9"), kept.get("series_instance_uid", "9"), "9", description)
        assert right in found.rights_on(other)
