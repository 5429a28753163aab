"""The statement written: HTML, Markdown or PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.document.to_html import html_of
from openwado.document.to_markdown import markdown_of
from openwado.document.to_pdf import pdf_of
from openwado.statement.conformance_statement import conformance_statement

if TYPE_CHECKING:
    from openwado.document.labels import Language
    from openwado.statement.forms import Form
    from openwado.statement.situation import Situation


def written(situation: Situation, form: Form, language: Language) -> bytes:
    """Return the statement as a file; text is UTF-8."""
    document = conformance_statement(situation, language, with_contents=form != "html")
    if form == "pdf":
        return pdf_of(document, language)
    pieces = html_of(document, language, "UTF-8") if form == "html" else markdown_of(document, language)
    return "".join(pieces).encode()
