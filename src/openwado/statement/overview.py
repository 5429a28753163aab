"""Chapter 1: what the system is, its services, media types and kinds of objects at a glance (PS3.2 N.1)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from openwado.statement.kinds import category_name, kind_name, sop_classes
from openwado.statement.media_types import CATEGORIES, additional_types, media_type_rows
from openwado.statement.parts import paragraph, paragraphs, section, table

if TYPE_CHECKING:
    from openwado.document.model import Section
    from openwado.statement.situation import Situation
    from openwado.statement.wording import Wording

#: Services that people look for in such a statement, and that are not there.
_ABSENT: Final = ("retrieve_rs", "search_rs", "query_retrieve", "commitment", "worklist", "media", "print")


def overview(words: Wording, situation: Situation) -> Section:
    """Return the chapter."""
    return section(
        words,
        "1",
        "overview",
        _system(words, situation),
        _services(words, situation),
        _media_types(words, situation),
        _sop_classes(words),
    )


def _system(words: Wording, situation: Situation) -> Section:
    about = "running" if situation.is_running else "not_running"
    return section(words, "1.1", "system", *paragraphs(words, "system", "what", "how", about))


def _services(words: Wording, situation: Situation) -> Section:
    settings = situation.settings
    wado = f"{situation.facts.methods.partition(',')[0]} {settings.wado_path}"
    dicom = words("services.port", title=settings.ae_title, port=settings.dicom_port) if settings.dicom_port else "-"
    rows = [
        (words("services.retrieve_dicom"), words("services.origin"), wado, words("common.yes")),
        (words("services.retrieve_rendered"), words("services.origin"), wado, words("common.yes")),
        (words("services.store_rs"), words("services.origin"), "POST /studies", words.yes(is_so=settings.stow)),
        *((words(f"services.{name}"), "SCP", dicom, words.yes(is_so=bool(settings.dicom_port))) for name in _DIMSE),
    ]
    absent = words("common.comma").join(words(f"services.{name}") for name in _ABSENT)
    return section(
        words,
        "1.2",
        "services",
        table(words, "services", "service role where here", rows),
        paragraph(words("services.absent", services=absent)),
    )


_DIMSE: Final = ("storage", "verification")


def _media_types(words: Wording, situation: Situation) -> Section:
    heads = "media_type " + " ".join(category.name.lower() for category in CATEGORIES)
    more = ", ".join(additional_types(situation))
    return section(
        words,
        "1.3",
        "media",
        paragraph(words("media.legend")),
        table(words, "media", heads, media_type_rows(words, situation)),
        *paragraphs(words, "media", "documents"),
        paragraph(words("media.video") if situation.video_types else words("media.no_video")),
        paragraph(words("media.additional", types=more)),
    )


def _sop_classes(words: Wording) -> Section:
    counts = Counter((row.family, row.kind) for row in sop_classes())
    rows = [
        (kind_name(words, kind), category_name(words, family, kind), str(count))
        for (family, kind), count in counts.items()
    ]
    return section(
        words,
        "1.4",
        "classes_overview",
        *paragraphs(words, "classes_overview", "what"),
        table(words, "classes_overview", "kind category count", rows),
    )
