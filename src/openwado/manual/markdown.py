"""A page of Markdown as HTML that a strict Content-Security-Policy lets through: no script, no style of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

#: What GitHub leaves out of the name of a heading.
_NOT_IN_NAMES: Final = re.compile(r"[^\w\- ]")

_COMMENT: Final = re.compile(r"\s*<!--.*?-->\s*", re.DOTALL)

#: What documents that are written as Markdown have of HTML: places to lead to, and ends of lines in tables.
_LET_THROUGH: Final = re.compile(r'<a id="[A-Za-z0-9-]+">|</a>|<br>')

_DEEPEST: Final = 4


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below the title.

    Attributes:
        level: 2 … 4.
        name: what addresses call it after #.
        text: without marks.
    """

    level: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page.

    Attributes:
        title: the text of its first heading.
        html: all of it, the title too.
        headings: in order.
    """

    title: str
    html: str
    headings: tuple[Heading, ...]


@dataclass(frozen=True, slots=True)
class ListedLink:
    """A link that begins an entry of a list, below a heading of the second level ("" before the first)."""

    group: str
    href: str
    text: str


def render(
    text: str, link: Callable[[str], str | None], size: Callable[[str], tuple[int, int] | None] = lambda _: None
) -> Rendered:
    """Return a page as HTML.

    Args:
        text: Markdown as GitHub reads it: CommonMark and tables. HTML is text, but for comments, `<br>`, `<a id>`.
        link: returns the address to print for a link or a picture, None where there is none: then it is none either.
        size: returns width and height of a picture by the address in the text, None if they are not known.
    """
    tokens = _parser().parse(text)
    title, headings = _name_headings(tokens)
    for token in tokens:
        for inline in token.children or ():
            _readdress(inline, link, size)
        _class_of_alignment(token)
    html = _parser().renderer.render(tokens, _parser().options, {})
    return Rendered(title, html, tuple(headings))


def listed_links(text: str) -> list[ListedLink]:
    """Return the links that begin entries of lists, in order: the contents of a manual."""
    tokens = _parser().parse(text)
    found: list[ListedLink] = []
    group = ""
    for before, token in pairwise(tokens):
        if before.type == "heading_open" and before.tag == "h2":
            group = _text(token)
        children = token.children or ()
        is_entry = before.type == "paragraph_open" and before.level > 1
        if token.type == "inline" and is_entry and children and children[0].type == "link_open":
            end = next(place for place, child in enumerate(children) if child.type == "link_close")
            label = "".join(child.content for child in children[1:end])
            found.append(ListedLink(group, str(children[0].attrs["href"]), label))
    return found


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", renderer_cls=_Renderer).enable("table")


def _text(token: Token) -> str:
    return "".join(child.content for child in token.children or () if child.type in ("text", "code_inline"))


def _name_headings(tokens: Sequence[Token]) -> tuple[str, list[Heading]]:
    """Give each heading its name, as GitHub does; return the title and the others."""
    title = ""
    found: list[Heading] = []
    used: dict[str, int] = {}
    for token, inline in pairwise(tokens):
        if token.type != "heading_open":
            continue
        text = _text(inline)
        name = _NOT_IN_NAMES.sub("", text.strip().lower()).replace(" ", "-")
        count = used.get(name, 0)
        used[name] = count + 1
        if count:
            name = f"{name}-{count}"
        token.attrSet("id", name)
        level = int(token.tag[1])
        if level == 1:
            title = title or text
        elif level <= _DEEPEST:
            found.append(Heading(level, name, text))
    return title, found


def _readdress(token: Token, link: Callable[[str], str | None], size: Callable[[str], tuple[int, int] | None]) -> None:
    name = {"link_open": "href", "image": "src"}.get(token.type)
    if name is None:
        return
    said = str(token.attrs[name])
    address = link(said)
    if address is None:
        del token.attrs[name]
    else:
        token.attrSet(name, address)
    if token.type == "image" and (found := size(said)) is not None:
        token.attrSet("width", str(found[0]))
        token.attrSet("height", str(found[1]))


def _class_of_alignment(token: Token) -> None:
    """Say by class what the parser says by style, which the page's policy does not let through."""
    style = token.attrs.pop("style", None)
    if style is not None:
        token.attrSet("class", str(style).rpartition(":")[2])


class _Renderer(RendererHTML):
    """Writes HTML; wide things lie in boxes of their own, which can be scrolled, by keys too."""

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        del tokens, idx, options, env
        return '<div class="wide" tabindex="0"><table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        del tokens, idx, options, env
        return "</table></div>\n"

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        del options, env
        return f'<pre tabindex="0"><code>{escape(tokens[idx].content)}</code></pre>\n'

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return self.fence(tokens, idx, options, env)

    def html_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        del options, env
        return escape(_COMMENT.sub("", tokens[idx].content))

    def html_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        content = tokens[idx].content
        return content if _LET_THROUGH.fullmatch(content) else self.html_block(tokens, idx, options, env)
