"""The leads of an electrocardiogram, by code or by name (PS3.16 CID 3001)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from openwado.document.waveform_units import millivolts

if TYPE_CHECKING:
    from openwado.dicom.waveform import Channel, MultiplexGroup

#: Leads in the order of a printed twelve-lead electrocardiogram: three rows of four columns, columns first.
TWELVE: Final = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
RHYTHM: Final = "II"

#: Numbers of leads that MDC codes (2:n) and SCP-ECG codes (5.6.3-9-n) share.
_NUMBERS: Final = {
    1: "I",
    2: "II",
    61: "III",
    62: "aVR",
    63: "aVL",
    64: "aVF",
    3: "V1",
    4: "V2",
    5: "V3",
    6: "V4",
    7: "V5",
    8: "V6",
    9: "V7",
    66: "V8",
    67: "V9",
    11: "V3R",
    12: "V4R",
    13: "V5R",
    16: "X",
    17: "Y",
    18: "Z",
}
_CODE = re.compile(r"(?:2:|5\.6\.3-9-)(\d{1,3})")
_SCHEMES: Final = frozenset({"MDC", "SCPECG"})
_NAMES: Final = {name.lower(): name for name in _NUMBERS.values()}
#: What stands before the name of a lead: Lead, ECG, the reference identifier of MDC.
_BEFORE = re.compile(r"^(?:mdc_ecg_lead_|(?:ecg|ekg)[ _-]*)?(?:lead[ _-]*)?", re.IGNORECASE)


def lead_of(channel: Channel) -> str:
    """Return which lead a channel is: I, II … V6 and others; "" for none that is known."""
    source = channel.source
    if source is not None and source.scheme in _SCHEMES and (found := _CODE.fullmatch(source.value)):
        return _NUMBERS.get(int(found[1]), "")
    texts = (channel.label, source.value if source else "", source.meaning if source else "")
    return next(filter(None, map(_named, texts)), "")


def lead_name(channel: Channel) -> str:
    """Return what a channel is called: the lead where it is one, else its label or its source."""
    return lead_of(channel) or channel.name


def twelve_leads(group: MultiplexGroup) -> dict[str, int] | None:
    """Return the channels of the twelve standard leads, by lead; None unless all are there, and all are potentials."""
    if any(millivolts(channel) is None for channel in group.channels):
        return None
    found: dict[str, int] = {}
    for number, channel in enumerate(group.channels):
        found.setdefault(lead_of(channel), number)
    return {lead: found[lead] for lead in TWELVE} if all(lead in found for lead in TWELVE) else None


def _named(text: str) -> str:
    return _NAMES.get(_BEFORE.sub("", text.strip()).split(" (")[0].lower(), "")
