"""The statement written: HTML, Markdown or PDF."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from openwado.document.to_html import html_of
from openwado.document.to_markdown import markdown_of
from openwado.document.to_pdf import pdf_of
from openwado.statement.conformance_statement import conformance_statement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openwado.document.labels import Language
    from openwado.statement.situation import Situation

Format = Literal["html", "md", "pdf"]

#: Media types by format, the default first.
MEDIA_TYPES: Final[Mapping[Format, str]] = MappingProxyType(
    {"html": "text/html", "md": "text/markdown", "pdf": "application/pdf"}
)
#: Languages by what they are called on the command line and in addresses.
LANGUAGES: Final[Mapping[str, Language]] = MappingProxyType({"en": "en", "zh": "zh-CN"})


def written(situation: Situation, form: Format, language: Language) -> bytes:
    """Return the statement as a file; text is UTF-8."""
    document = conformance_statement(situation, language, with_contents=form != "html")
    if form == "pdf":
        return pdf_of(document, language)
    pieces = html_of(document, language, "UTF-8") if form == "html" else markdown_of(document, language)
    return "".join(pieces).encode()
