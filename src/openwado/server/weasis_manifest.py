"""A study as the viewer Weasis reads it: a manifest, with which it asks for each object by WADO.

Its namespace is http://www.weasis.org/xsd/2.5. What an attribute of it cannot hold is left out, unless Weasis knows
patients by it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.server.viewer_study import ListedSeries, ListedStudy

MEDIA_TYPE: Final = "application/xml"

_NAMESPACE: Final = "http://www.weasis.org/xsd/2.5"
#: Names the archive within the manifest, and nothing else.
_ARCHIVE: Final = "openwado"
#: Characters that XML has not (XML 1.0 2.2); what is not UTF-8 cannot be written either.
_NO_CHARACTER: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_DATE: Final = re.compile(r"[0-9]{8}")
_TIME: Final = re.compile(r"(?:[01][0-9]|2[0-3])(?:[0-5][0-9](?:[0-5][0-9](?:\.[0-9]{1,6})?)?)?")
_CODE: Final = re.compile(r"[A-Z0-9 _]{1,16}")
_SEX: Final = re.compile(r"[MFO]")
_SHORT: Final = re.compile(r".{1,16}", re.DOTALL)
_LONG: Final = re.compile(r".{1,64}", re.DOTALL)
#: A time of the longest form is one character longer than the attribute.
_LONGEST_TIME: Final = 13


def weasis_manifest(listed: ListedStudy) -> Iterator[bytes]:
    """Give the manifest in pieces."""
    about = listed.row.description
    base = listed.origin + listed.links.root + listed.links.wado_path
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<manifest xmlns="{_NAMESPACE}">'
        f"<arcQuery{_attributes(arcId=_ARCHIVE, baseUrl=base)}"
        ' requireOnlySOPInstanceUID="false" additionnalParameters="">'
    ).encode()
    patient = _attributes(PatientID=about.patient_id, PatientName=about.patient_name) + _fitting(
        IssuerOfPatientID=(about.issuer_of_patient_id, _LONG),
        PatientBirthDate=(about.patient_birth_date, _DATE),
        PatientSex=(about.patient_sex, _SEX),
    )
    study = _attributes(StudyInstanceUID=listed.row.study_instance_uid) + _fitting(
        StudyDescription=(about.study_description, _LONG),
        StudyDate=(about.study_date, _DATE),
        StudyTime=(about.study_time[:_LONGEST_TIME], _TIME),
        AccessionNumber=(about.accession_number, _SHORT),
        ReferringPhysicianName=(about.referring_physician_name, _LONG),
    )
    yield f"<Patient{patient}><Study{study}>".encode()
    for series in listed.series:
        yield from _series(series)
    yield b"</Study></Patient></arcQuery></manifest>\n"


def _series(series: ListedSeries) -> Iterator[bytes]:
    about = series.row.description
    attributes = _attributes(SeriesInstanceUID=series.row.series_instance_uid) + _fitting(
        SeriesDescription=(about.series_description, _LONG),
        Modality=(about.modality, _CODE),
    )
    if about.series_number is not None:
        attributes += f' SeriesNumber="{about.series_number}"'
    yield f'<Series{attributes} WadoTransferSyntaxUID="*">'.encode()
    for listed in series.objects:
        number = listed.description.instance_number
        told = "" if number is None else f' InstanceNumber="{number}"'
        yield f"<Instance{_attributes(SOPInstanceUID=listed.instance.sop_instance_uid)}{told}/>".encode()
    yield b"</Series>"


def _attributes(**values: str) -> str:
    return "".join(f" {name}={quoteattr(_NO_CHARACTER.sub(' ', value))}" for name, value in values.items())


def _fitting(**values: tuple[str, re.Pattern[str]]) -> str:
    """Write those values that their attribute can hold."""
    return _attributes(**{name: value for name, (value, form) in values.items() if form.fullmatch(value)})
