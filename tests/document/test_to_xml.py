"""Documents as XML: well-formed and valid whatever they say, and nothing of them left out."""

from __future__ import annotations

import re
from importlib import resources
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

import made_documents as made
from document.made_reports import item, number, read, report
from openwado.document.model import Document, Paragraph, Run
from openwado.document.to_xml import NAMESPACE, xml_of

N = {"d": NAMESPACE}


def schema() -> etree.XMLSchema:
    """Return the schema that goes with the program."""
    return etree.XMLSchema(etree.fromstring(resources.files("openwado.document").joinpath("report.xsd").read_bytes()))


def parsed(document: Document, encoding: str = "UTF-8") -> etree._Element:
    """Return the root of a document that is valid."""
    data = "".join(xml_of(document, encoding)).encode(encoding)
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    schema().assertValid(root)
    return root


def attributes_of(element: Any) -> dict[str, str]:  # noqa: ANN401 -- lxml has no types
    """Return the attributes of an element."""
    return dict(element.attrib)


def texts(root: etree._Element) -> set[str]:
    """Return all texts and attributes."""
    found = {element.text or "" for element in root.iter()}
    return found | {str(value) for element in root.iter() for value in element.attrib.values()}


@pytest.mark.parametrize("document", made.everything())
def test_all_that_a_document_says_is_there(document: Document) -> None:
    """Each text as an element or attribute of its own, not as part of another."""
    found = texts(parsed(document))
    words = {word for text in found for word in text.split()}
    missing = {said for said in made.said(document) if said and said not in found | words}
    assert {said for said in missing if not _is_number_of(said, words)} == set()


def _is_number_of(said: str, words: set[str]) -> bool:
    return any(said == f"{float(word):g}" for word in words if re.fullmatch(r"-?\d+\.\d+", word))


def test_a_report_has_its_codes_units_and_references() -> None:
    """What the words for people leave out is here: schemes, templates, identifiers, series."""
    root = parsed(made.report(*made.every_value_type()))
    item = root.find("d:body/d:item", N)
    assert item is not None
    assert attributes_of(item) == {"type": "CONTAINER", "identifier": "1", "template": "2000"}
    number = item.find("d:item[@type='NUM']", N)
    assert number is not None
    unit = number.find("d:measure[@number='12.5']/d:unit", N)
    assert unit is not None
    assert (unit.text, attributes_of(unit)) == ("millimeter", {"value": "mm", "scheme": "UCUM"})
    reference = item.find("d:item[@type='IMAGE']/d:reference", N)
    assert reference is not None
    assert attributes_of(reference) == {
        "sopClass": "1.2.840.10008.5.1.4.1.1.2", "sopInstance": made.SHOWN, "study": "1.2.3.100", "series": "1.2.3.200",
        "here": "true", "presentationState": made.STATE,
    }  # fmt: skip
    assert reference.findtext("d:frames", namespaces=N) == "1 7"
    assert [point.text for point in item.iterfind("d:item[@type='SCOORD']/d:coordinates/d:point", N)] == [
        "1.5 2.0",
        "3.25 4.0",
    ]
    assert item.findtext("d:item[@type='PNAME']/d:stored", namespaces=N) == "Smith^Jane"
    assert item.find("d:item[@continuous='true']", N) is not None


def test_what_programs_need_besides() -> None:
    """Which object it is, versions of schemes, exact numbers, what coordinates are measured in, facts as stored."""
    region = item("SCOORD", "Region", GraphicData=[1.0, 2.0], GraphicType="POINT", PixelOriginInterpretation="VOLUME")
    place = item("SCOORD3D", "Place", GraphicData=[1.0, 2.0, 3.0], GraphicType="POINT")
    place.ReferencedFrameOfReferenceUID = "1.2.3.9"
    exact = number("Mean", "0.33", "mm")
    exact.MeasuredValueSequence[0].FloatingPointValue = 1 / 3
    exact.ConceptNameCodeSequence[0].CodingSchemeVersion = "01"
    root = parsed(read(report(region, place, exact, PatientBirthDate="19700102", PatientSex="F")))
    assert attributes_of(root) | {"title": "", "kind": ""} == {
        "title": "", "kind": "", "sopClass": "1.2.840.10008.5.1.4.1.1.88.33", "sopInstance": "1.2.3.4",
        "study": "1.2.3.1", "series": "1.2.3.2",
    }  # fmt: skip
    coordinates = [attributes_of(each) for each in root.iterfind(".//d:coordinates", N)]
    assert [each.get("pixelOrigin") for each in coordinates] == ["VOLUME", None]
    assert [each.get("frameOfReference") for each in coordinates] == [None, "1.2.3.9"]
    measure = root.find(".//d:measure", N)
    assert measure is not None
    assert attributes_of(measure) == {"number": "0.33", "precise": "0.3333333333333333"}
    assert [each.get("version") for each in root.iterfind(".//d:item/d:name", N)][-1] == "01"
    facts = {each.get("label"): (each.get("value"), each.get("stored")) for each in root.iterfind(".//d:fact", N)}
    assert facts["name"] == ("Doe, Jane", "Doe^Jane")
    assert facts["birth date"] == ("1970-01-02", "19700102")
    assert facts["sex"] == ("female", "F")
    assert facts["patient id"] == ("P-1", None)


def test_encoding_is_named_as_told() -> None:
    """The caller writes the text in it."""
    document = made.report(made.item("TEXT", "1.1", "所见", text="左肺"))
    assert "左肺" in texts(parsed(document, "GB18030"))
    assert "".join(xml_of(document, "GB18030")).startswith('<?xml version="1.0" encoding="GB18030"?>\n')


@given(text=st.text(st.characters(exclude_categories=[]), max_size=80), name=st.text(max_size=30))
@settings(max_examples=150, deadline=None)
def test_any_text_is_well_formed(text: str, name: str) -> None:
    """Also halves of pairs and controls, which XML knows none of."""
    document = made.report(made.item("TEXT", "1.1", name, text=text, observed=text, uid=text), title=text)
    found = texts(parsed(document))
    if text.isprintable():
        assert text in found


@pytest.mark.parametrize("text", [*made.HOSTILE, "<!ENTITY a SYSTEM 'file:///etc/passwd'>", "<?x?>", "<!--", "&a;"])
def test_no_text_becomes_markup(text: str) -> None:
    """The same elements are there as for a harmless text."""
    plain, hostile = (parsed(made.plain_document(Paragraph((Run(each, "", f"#{each}"),)))) for each in ("text", text))
    assert [element.tag for element in hostile.iter()] == [element.tag for element in plain.iter()]
    assert text in texts(hostile)
