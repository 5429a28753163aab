"""Sections 5.9 to 5.11: objects taken in, Verification, and the SOP Classes (PS3.4 A, B; PS3.18 10.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.dicom.state_kinds import APPLIED, STORAGE
from openwado.protocol.media import DICOM
from openwado.protocol.store_request import MULTIPART
from openwado.protocol.store_response import DOES_NOT_MATCH, FAILURE_REASONS, WRITERS
from openwado.render.display_ready import SOP_CLASSES
from openwado.statement.kinds import category_name, kind_name, sop_classes
from openwado.statement.parts import paragraph, paragraphs, section, table

if TYPE_CHECKING:
    from openwado.document.model import Section
    from openwado.statement.kinds import SopClass
    from openwado.statement.situation import Situation
    from openwado.statement.wording import Wording

_STOW_STATUSES: Final = (200, 202, 400, 408, 409, 413, 415, 503)


def storage(words: Wording, situation: Situation) -> tuple[Section, ...]:
    """Return the sections."""
    return _dimse(words, situation), _store_rs(words, situation), _sop_classes(words)


def _dimse(words: Wording, situation: Situation) -> Section:
    is_on = bool(situation.settings.dicom_port)
    statuses = [
        (f"{code:04X}H", words(f"dicom_statuses.{name.lower()}")) for name, code in situation.facts.dicom_statuses
    ]
    return section(
        words,
        "5.9",
        "dimse",
        *paragraphs(words, "dimse", "on" if is_on else "off", "what", "kept", "echo"),
        table(words, "dimse", "status condition", statuses, "statuses"),
        *paragraphs(words, "dimse", f"duplicates_{situation.settings.duplicates}"),
    )


def _store_rs(words: Wording, situation: Situation) -> Section:
    reasons = [(f"{code:04X}H", words(f"reasons.{cause.replace(' ', '_')}")) for cause, code in FAILURE_REASONS.items()]
    statuses = [(str(status), words(f"stow_statuses.s{status}")) for status in _STOW_STATUSES]
    return section(
        words,
        "5.10",
        "store_rs",
        *paragraphs(words, "store_rs", "on" if situation.settings.stow else "off"),
        paragraph(words("store_rs.what", multipart=f'{MULTIPART}; type="{DICOM}"', single=DICOM)),
        paragraph(words("store_rs.answer", types=", ".join(WRITERS), parts=situation.facts.most_parts)),
        table(words, "store_rs", "status condition", statuses, "statuses"),
        table(words, "store_rs", "failure_reason condition", reasons, "reasons"),
        paragraph(words("store_rs.warning", code=f"{DOES_NOT_MATCH:04X}H")),
    )


def _sop_classes(words: Wording) -> Section:
    rows = [
        (row.name, row.uid, kind_name(words, row.kind), category_name(words, row.family, row.kind), _remark(words, row))
        for row in sop_classes()
    ]
    return section(
        words,
        "5.11",
        "sop_classes",
        *paragraphs(words, "sop_classes", "what", "private"),
        table(words, "sop_classes", "sop_class uid kind category remark", rows),
    )


def _remark(words: Wording, row: SopClass) -> str:
    """Return what is done with objects of a SOP Class besides sending them."""
    if row.uid in SOP_CLASSES:
        return words("sop_classes.drawn", rule=words.term(SOP_CLASSES[row.uid].value))
    if row.uid.startswith(STORAGE):
        return words("states.applied" if row.uid in APPLIED else "states.not_applied")
    return words(f"sop_classes.{row.family}_{row.kind}".replace("-", "_"))
