"""What a treatment plan comes to: prescription, fractions, beams (PS3.3 C.8.8.9 … C.8.8.14, C.8.8.25)."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from openwado.document.summary_cells import Cells, by_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.dicom.attributes import Attributes
    from openwado.document.labels import Language
    from openwado.document.model import Table

_LABEL, _NAME, _DESCRIPTION, _DATE, _TIME = 0x300A0002, 0x300A0003, 0x300A0004, 0x300A0006, 0x300A0007
_INTENT, _APPROVAL, _REVIEW_DATE, _REVIEWER = 0x300A000A, 0x300E0002, 0x300E0004, 0x300E0008

_DOSE_REFERENCES: Final = 0x300A0010
_DOSE_NUMBER, _DOSE_DESCRIPTION, _DOSE_STRUCTURE, _DOSE_TYPE = 0x300A0012, 0x300A0016, 0x300A0014, 0x300A0020
_PRESCRIBED, _MINIMUM, _MAXIMUM, _ORGAN_MAXIMUM = 0x300A0026, 0x300A0025, 0x300A0023, 0x300A002C

_FRACTION_GROUPS: Final = 0x300A0070
_GROUP_NUMBER, _FRACTIONS, _GROUP_BEAMS, _BRACHY_SETUPS = 0x300A0071, 0x300A0078, 0x300A0080, 0x300A00A0
_REFERENCED_BEAMS, _REFERENCED_BEAM_NUMBER = 0x300C0004, 0x300C0006
_BEAM_DOSE, _METERSET = 0x300A0084, 0x300A0086

#: Beam Sequence and Ion Beam Sequence, with their control points.
_BEAMS: Final = ((0x300A00B0, 0x300A0111), (0x300A03A2, 0x300A03A8))
_BEAM_NUMBER, _BEAM_NAME, _BEAM_TYPE, _RADIATION = 0x300A00C0, 0x300A00C2, 0x300A00C4, 0x300A00C6
_DELIVERY, _MACHINE, _METERSET_UNIT, _CONTROL_POINTS = 0x300A00CE, 0x300A00B2, 0x300A00B3, 0x300A0110
_ENERGY, _GANTRY, _COLLIMATOR, _COUCH = 0x300A0114, 0x300A011E, 0x300A0120, 0x300A0122
#: Nominal Beam Energy is in MV for photons, in MeV for all others (PS3.3 C.8.8.14.3).
_ENERGY_UNITS: Final = {"PHOTON": "MV"}


def plan_tables(attributes: Attributes, language: Language) -> tuple[Table, ...]:
    """Return the tables of a plan.

    Args:
        attributes: of the data set.
        language: of our own words.
    """
    cells = Cells(attributes, language)
    plan = cells.facts(
        "plan",
        (
            ("label", cells.value(attributes, _LABEL)),
            ("name of plan", cells.value(attributes, _NAME)),
            ("study description", cells.value(attributes, _DESCRIPTION)),
            ("study date", cells.joined(attributes, _DATE, _TIME)),
            ("intent", cells.value(attributes, _INTENT)),
            ("approval", cells.joined(attributes, _APPROVAL, _REVIEW_DATE, _REVIEWER)),
        ),
    )
    makers = (_prescription, _fractions, _beams)
    return tuple(chain(plan, *(make(attributes, cells) for make in makers)))


def _prescription(attributes: Attributes, cells: Cells) -> Iterator[Table]:
    columns = {
        "number": _DOSE_NUMBER,
        "study description": _DOSE_DESCRIPTION,
        "type": _DOSE_TYPE,
        "structure": _DOSE_STRUCTURE,
        "prescribed dose": _PRESCRIBED,
        "minimum dose": _MINIMUM,
        "maximum dose": _MAXIMUM,
        "organ maximum dose": _ORGAN_MAXIMUM,
    }
    rows = ([cells.value(item, tag) for tag in columns.values()] for item in attributes.items(_DOSE_REFERENCES))
    return cells.table("prescription", tuple(columns), rows)


def _fractions(attributes: Attributes, cells: Cells) -> Iterator[Table]:
    columns = {
        "number": _GROUP_NUMBER,
        "fractions": _FRACTIONS,
        "beams": _GROUP_BEAMS,
        "brachy setups": _BRACHY_SETUPS,
    }
    rows = ([cells.value(item, tag) for tag in columns.values()] for item in attributes.items(_FRACTION_GROUPS))
    return cells.table("fraction groups", tuple(columns), rows)


def _beams(attributes: Attributes, cells: Cells) -> Iterator[Table]:
    references = (
        reference for group in attributes.items(_FRACTION_GROUPS) for reference in group.items(_REFERENCED_BEAMS)
    )
    delivered = by_number(references, _REFERENCED_BEAM_NUMBER)
    rows = (
        _beam(beam, beam.first_item(control_points), delivered, cells)
        for beams, control_points in _BEAMS
        for beam in attributes.items(beams)
    )
    head = ("number", "name of beam", "type", "delivery", "radiation", "energy", "machine", "meterset", "beam dose")
    return cells.table("beams", (*head, "gantry", "collimator", "couch", "control points"), rows)


def _beam(beam: Attributes, start: Attributes | None, delivered: dict[int, Attributes], cells: Cells) -> list[str]:
    """Return the row of a beam; start: its first control point, which says all that does not change."""
    number = beam.integer_string(_BEAM_NUMBER)
    reference = delivered.get(number) if number is not None else None
    energy = cells.value(start, _ENERGY)
    unit = _ENERGY_UNITS.get(beam.text(_RADIATION), "MeV")
    meterset = cells.value(reference, _METERSET)
    return [
        *(cells.value(beam, tag) for tag in (_BEAM_NUMBER, _BEAM_NAME, _BEAM_TYPE, _DELIVERY, _RADIATION)),
        f"{energy} {unit}" if energy else "",
        cells.value(beam, _MACHINE),
        f"{meterset} {cells.value(beam, _METERSET_UNIT)}".strip() if meterset else "",
        cells.value(reference, _BEAM_DOSE),
        *(_angle(start, tag) for tag in (_GANTRY, _COLLIMATOR, _COUCH)),
        cells.value(beam, _CONTROL_POINTS),
    ]


def _angle(start: Attributes | None, tag: int) -> str:
    """Return an angle to a hundredth of a degree: machines set no smaller ones."""
    angle = start.decimal(tag) if start is not None else None
    return "" if angle is None else f"{round(angle, 2) + 0.0:.6g} deg"
