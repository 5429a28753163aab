"""The statement as a document: its chapters in the order of PS3.2 annex N."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.dicom.file_head import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from openwado.document.model import Document, Entries, Fact, FactGroup, Paragraph, Run, Section
from openwado.statement.annexes import annexes
from openwado.statement.communication import communication
from openwado.statement.introduction import introduction
from openwado.statement.overview import overview
from openwado.statement.parts import section
from openwado.statement.rendering import rendering
from openwado.statement.security import security
from openwado.statement.storage import storage
from openwado.statement.uri_service import uri_service
from openwado.statement.wording import Wording
from openwado.version import __version__

if TYPE_CHECKING:
    from openwado.document.labels import Language
    from openwado.document.model import Node
    from openwado.statement.situation import Situation


def conformance_statement(situation: Situation, language: Language, *, with_contents: bool) -> Document:
    """Return the statement.

    Args:
        situation: what it is about.
        language: of all of it.
        with_contents: whether it has its own table of contents; pages of HTML have one anyway.
    """
    return document_of(situation, Wording(language), with_contents=with_contents)


def document_of(situation: Situation, words: Wording, *, with_contents: bool) -> Document:
    """Return the statement in words that note what they are asked for."""
    chapters = (
        overview(words, situation),
        *introduction(words, situation),
        section(
            words,
            "5",
            "services_chapter",
            *uri_service(words, situation),
            *rendering(words, situation),
            *storage(words, situation),
        ),
        communication(words, situation),
        security(words, situation),
        annexes(words),
    )
    first, *others = chapters
    contents = (section(words, "2", "contents", _contents(chapters)),) if with_contents else ()
    return Document(
        title=words("title.title"),
        kind=words("title.subtitle"),
        groups=_groups(words, situation),
        nodes=(first, *contents, *others),
        has_codes=False,
    )


def _groups(words: Wording, situation: Situation) -> tuple[FactGroup, ...]:
    """Return what stands at the top."""
    product = (
        ("product", "openwado"),
        ("version", __version__),
        ("class_uid", IMPLEMENTATION_CLASS_UID),
        ("version_name", IMPLEMENTATION_VERSION_NAME),
    )
    statement = (
        ("editions", words("title.editions_value")),
        ("about", words("title.running" if situation.is_running else "title.not_running")),
    )
    return tuple(
        FactGroup(words(f"title.{name}"), tuple(Fact(words(f"title.{key}"), value) for key, value in facts))
        for name, facts in (("group", product), ("statement", statement))
    )


def _contents(chapters: tuple[Section, ...]) -> Entries:
    return Entries(tuple(_entry(chapter) for chapter in chapters))


def _entry(part: Section) -> tuple[Node, ...]:
    inner = [node for node in part.nodes if isinstance(node, Section)]
    line = Paragraph((Run(part.heading, address=f"#{part.anchor}"),))
    return (line, Entries(tuple(_entry(one) for one in inner))) if inner else (line,)
