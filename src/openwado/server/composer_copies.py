"""A WADO URL in the forms in which people hand it on: HTML, Markdown, and a command of curl."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openwado.server.response_head import file_suffix

if TYPE_CHECKING:
    from openwado.server.composer_offer import Shows

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>])")


@dataclass(frozen=True, slots=True)
class Copied:
    """What is named: its address, and what is known of the answer.

    Attributes:
        url: absolute.
        words: what it shows.
        shows: how a page shows it.
        media_type: of the answer; "" where the request does not name it.
        names_type: whether the request itself names the media type.
        width, height: of a picture, pixels; 0 where not known.
        uid: of the object: its name as a file.
    """

    url: str
    words: str
    shows: Shows
    media_type: str
    names_type: bool
    width: int
    height: int
    uid: str


def as_html(copied: Copied) -> str:
    """Return the element that shows it: img, video, or a link."""
    address, words = html.escape(copied.url), html.escape(copied.words)
    size = f' width="{copied.width}" height="{copied.height}"' if copied.width and copied.height else ""
    if copied.shows == "image":
        return f'<img src="{address}" alt="{words}"{size} loading="lazy">'
    if copied.shows == "video":
        return f'<video src="{address}" title="{words}"{size} controls loop muted playsinline></video>'
    return f'<a href="{address}">{words}</a>'


def as_markdown(copied: Copied) -> str:
    """Return the same as Markdown (CommonMark): a picture, or a link."""
    words = _MARKDOWN.sub(r"\\\1", copied.words)
    return f"{'!' if copied.shows == 'image' else ''}[{words}]({_bracketed(copied.url)})"


def as_curl(copied: Copied, *, asks_who: bool) -> str:
    """Return a command that fetches it into a file.

    Args:
        copied: what is fetched.
        asks_who: whether the server wants to know who asks: then a token is taken from the environment.
    """
    words = ["curl --fail"]
    if not copied.names_type and copied.media_type:
        words.append(f"--header {_quoted(f'Accept: {copied.media_type}')}")
    if asks_who:
        words.append('--header "Authorization: Bearer $TOKEN"')
    words.append(f"--output {_quoted(copied.uid + file_suffix(copied.media_type))}")
    return " ".join([*words, _quoted(copied.url)])


def _quoted(word: str) -> str:
    """Return a word for a shell of POSIX."""
    return "'" + word.replace("'", "'\\''") + "'"


def _bracketed(url: str) -> str:
    """Return a destination that no bracket or space of it ends."""
    return url.replace("(", "%28").replace(")", "%29").replace(" ", "%20")
