"""Chapters 3 and 4: which editions are claimed, how to read the statement, and how the parts work together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.statement.parts import listing, paragraphs, section, table

if TYPE_CHECKING:
    from openwado.document.model import Section
    from openwado.statement.situation import Situation
    from openwado.statement.wording import Wording


def introduction(words: Wording, situation: Situation) -> tuple[Section, Section]:
    """Return both chapters."""
    return (
        section(words, "3", "introduction", _editions(words), _reading(words)),
        section(words, "4", "model", _data_flow(words, situation), _activities(words, situation)),
    )


def _editions(words: Wording) -> Section:
    keys = ("iso", "gb", "ps3_18", "current", "ps3_2")
    rows = [(words(f"editions.{key}_text"), words(f"editions.{key}")) for key in keys]
    return section(
        words, "3.1", "editions", table(words, "editions", "text claim", rows), *paragraphs(words, "editions", "switch")
    )


def _reading(words: Wording) -> Section:
    return section(words, "3.2", "reading", *paragraphs(words, "reading", "who", "made", "terms"))


def _data_flow(words: Wording, situation: Situation) -> Section:
    settings = situation.settings
    flows = ["request", "lanes", "store"] + (["stow"] if settings.stow else [])
    flows += ["dicom"] if settings.dicom_port else []
    return section(
        words,
        "4.1",
        "data_flow",
        *paragraphs(words, "data_flow", "what"),
        listing(words(f"data_flow.{key}", path=settings.wado_path) for key in flows),
    )


def _activities(words: Wording, situation: Situation) -> Section:
    index = "postgresql" if situation.settings.index.startswith("postgresql") else "sqlite"
    return section(words, "4.2", "activities", *paragraphs(words, "activities", "what", "no_proxy", "processes", index))
