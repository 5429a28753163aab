"""What people look for first in plans, structure sets and presentation states, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.document.plan_summary import plan_tables
from openwado.document.state_summary import state_tables
from openwado.document.structure_set_summary import structure_set_tables

if TYPE_CHECKING:
    from openwado.dicom.attributes import Attributes
    from openwado.document.labels import Language
    from openwado.document.model import Table

_SOP_CLASS_UID: Final = 0x00080016
_RT_PLAN_LABEL, _FRACTION_GROUPS = 0x300A0002, 0x300A0070
_STRUCTURE_SET_ROIS: Final = 0x30060020
#: Softcopy presentation states: 1.2.840.10008.5.1.4.1.1.11.n (PS3.4 B.5).
_PRESENTATION_STATES: Final = "1.2.840.10008.5.1.4.1.1.11."


def summary(attributes: Attributes, language: Language) -> tuple[Table, ...]:
    """Return tables for what an object holds; () for kinds without any.

    Args:
        attributes: of the data set.
        language: of our own words.
    """
    if _RT_PLAN_LABEL in attributes or _FRACTION_GROUPS in attributes:
        return plan_tables(attributes, language)
    if _STRUCTURE_SET_ROIS in attributes:
        return structure_set_tables(attributes, language)
    if attributes.text(_SOP_CLASS_UID).startswith(_PRESENTATION_STATES):
        return state_tables(attributes, language)
    return ()
