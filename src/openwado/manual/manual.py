"""The manual as a whole: its contents, and each page in the language that is wanted where it is there in it."""

from __future__ import annotations

import posixpath
import re
import threading
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, TypeVar, cast
from urllib.parse import quote

from openwado.manual.files import EXAMPLES, find_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openwado.manual.files import Source
    from openwado.manual.markdown import Rendered

T = TypeVar("T")

#: Has a scheme, or is within the page.
_ELSEWHERE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|#|//")

#: Of all pages, if no other is there.
DEFAULT_LANGUAGE: Final = "en"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the contents.

    Attributes:
        name: of the page; "" are the contents themselves.
        text: how the contents call it.
        language: of the page, where it is not there in the language of the contents.
    """

    name: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Contents:
    """The contents, by their headings; and each page's neighbours.

    Attributes:
        language: of them.
        groups: heading ("" for none) and entries.
    """

    language: str
    groups: tuple[tuple[str, tuple[Entry, ...]], ...]

    def beside(self, name: str) -> tuple[Entry | None, Entry | None]:
        """Return the pages before and after one."""
        entries = [entry for _, group in self.groups for entry in group]
        place = next((number for number, entry in enumerate(entries) if entry.name == name), None)
        if place is None:
            return None, entries[0] if entries and not name else None
        return entries[place - 1] if place else None, entries[place + 1] if place + 1 < len(entries) else None


@dataclass(frozen=True, slots=True)
class ManualPage:
    """A page to show.

    Attributes:
        language: of it.
        languages: in which it is there.
        rendered: itself. Addresses in it are relative to those of the manual's pages.
    """

    language: str
    languages: tuple[str, ...]
    rendered: Rendered


class Manual:
    """Reads pages when they are asked for; what has not changed since is not made again. Any thread may ask.

    Args:
        root: the folder in which `docs` lies.
    """

    def __init__(self, root: Path) -> None:
        self._files = find_files(root)
        self._made: dict[tuple[str, ...], tuple[int, object]] = {}
        self._lock = threading.Lock()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all pages."""
        return tuple(dict.fromkeys([name for name, _ in self._files.pages] + [EXAMPLES] * bool(self._files.others)))

    def file(self, address: str) -> Source | None:
        """Return what is sent as it is."""
        return self._files.others.get(address)

    def contents(self, language: str) -> Contents:
        """Return the contents, in a language if they are there in it."""
        found = self._page("", language)
        if found is None:
            return Contents(DEFAULT_LANGUAGE, ())
        source, shown = found
        return self._once(("contents", shown), source, lambda text: self._contents_of(text, source, shown))

    def page(self, name: str, language: str, *, names_language: bool = False) -> ManualPage | None:
        """Return a page, in a language if it is there in it; None where there is no such page.

        Args:
            name: of the page, "" for the contents.
            language: the one wanted.
            names_language: whether links to other pages have to name it.
        """
        if name == EXAMPLES and self._files.others:
            return ManualPage(DEFAULT_LANGUAGE, (DEFAULT_LANGUAGE,), self._examples())
        found = self._page(name, language)
        if found is None:
            return None
        source, shown = found
        suffix = f"?lang={language}" if names_language else ""

        def made(text: str) -> Rendered:
            from openwado.manual.markdown import render  # noqa: PLC0415 -- no server needs it to start

            return render(
                text, lambda href: self._readdressed(href, source, suffix), lambda href: self._size(href, source)
            )

        rendered = self._once(("page", name, shown, suffix), source, made)
        return ManualPage(shown, self._languages(name), rendered)

    def _page(self, name: str, language: str) -> tuple[Source, str] | None:
        for key, shown in ((language, language), ("", DEFAULT_LANGUAGE)):
            source = self._files.pages.get((name, key))
            if source is not None:
                return source, shown
        return None

    def _languages(self, name: str) -> tuple[str, ...]:
        return tuple(language or DEFAULT_LANGUAGE for found, language in self._files.pages if found == name)

    def _once(self, key: tuple[str, ...], source: Source, make: Callable[[str], T]) -> T:
        """Return what is made of a file, as it was made before if the file is the same."""
        stamp = source.path.stat().st_mtime_ns
        with self._lock:
            known = self._made.get(key)
            if known is None or known[0] != stamp:
                known = self._made[key] = stamp, make(source.path.read_text(encoding="utf-8"))
        return cast("T", known[1])

    def _contents_of(self, text: str, source: Source, shown: str) -> Contents:
        from openwado.manual.markdown import listed_links  # noqa: PLC0415 -- no server needs it to start

        entries: list[tuple[str, Entry]] = []
        for listed in listed_links(text):
            target = self._target(listed.href, source)
            if target is not None:
                name = target[0]
                languages = self._languages(name) or (DEFAULT_LANGUAGE,)
                language = shown if shown in languages else DEFAULT_LANGUAGE
                entries.append((listed.group, Entry(name, listed.text, language)))
        groups = groupby(entries, key=lambda pair: pair[0])
        return Contents(shown, tuple((group, tuple(entry for _, entry in rows)) for group, rows in groups))

    def _target(self, href: str, source: Source) -> tuple[str, str] | None:
        """Return address and language of what a link in a file leads to, if it is in the manual."""
        path = href.partition("#")[0]
        return self._files.address_of(PurePosixPath(posixpath.normpath(source.inside.parent / path)))

    def _readdressed(self, href: str, source: Source, suffix: str) -> str | None:
        """Return the address that a link has in a page, relative to those of all pages."""
        if _ELSEWHERE.match(href):
            return href
        target = self._target(href, source)
        if target is None:
            return None
        address, _, part = target[0].partition("#")
        fragment = href.partition("#")[2] or part
        is_page = address == EXAMPLES or any(name == address for name, _ in self._files.pages)
        language = target[1] or self._other_language(address, source)
        query = "" if not is_page else f"?lang={language}" if language else suffix
        return f"./{quote(address)}{query}" + (f"#{fragment}" if fragment else "")

    def _other_language(self, name: str, source: Source) -> str:
        """Return the default language where a file in another one leads to a page that is there in both."""
        own = source.inside.stem.partition(".")[2]
        return DEFAULT_LANGUAGE if own and (name, own) in self._files.pages else ""

    def _size(self, href: str, source: Source) -> tuple[int, int] | None:
        target = self._target(href, source)
        found = None if target is None else self._files.others.get(target[0])
        if found is None or found.inside.suffix == ".svg":
            return None
        from PIL import Image  # noqa: PLC0415 -- only where a page with pictures is made

        with Image.open(found.path) as image:
            return image.size

    def _examples(self) -> Rendered:
        """Return a page that lists the examples by their folders."""
        from openwado.manual.markdown import render  # noqa: PLC0415 -- no server needs it to start

        paths = [path for path in self._files.others if path.startswith(f"{EXAMPLES}/")]
        lines = ["# Examples", "", "Files to copy."]
        for folder, group in groupby(paths, key=lambda path: path.split("/")[1]):
            lines += ["", f"## {folder}", ""]
            lines += [f"- [{path.removeprefix(f'{EXAMPLES}/{folder}/')}]({path})" for path in group]
        return render("\n".join(lines), lambda href: f"./{href}")
