"""The manual of this checkout: every link leads somewhere, here and at /docs; nothing is left out of the contents."""

from __future__ import annotations

import posixpath
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from openwado.manual.files import EXAMPLES, find_files, manual_root
from openwado.manual.manual import Manual, ManualPage

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = sorted([*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")])
#: A link or a picture outside of code.
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.DOTALL | re.MULTILINE)
HAN = re.compile("[\u4e00-\u9fff]")
LANGUAGES = ("en", "zh-CN")


class Read(HTMLParser):
    """What a browser finds in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.links: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.tags: list[str] = []
        self.styled: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of a tag."""
        found = dict(attrs)
        self.tags.append(tag)
        if found.get("id"):
            self.names.append(str(found["id"]))
        if found.get("href"):
            self.links.append(str(found["href"]))
        if tag == "img":
            self.pictures.append(found)
        self.styled += [name for name in found if name == "style" or name.startswith("on")]


@cache
def manual() -> Manual:
    """Return the manual of this checkout."""
    return Manual(ROOT)


@cache
def shown(name: str, language: str) -> tuple[ManualPage, Read]:
    """Return a page, and as it is read."""
    page = manual().page(name, language, names_language=language != "en")
    assert page is not None, name
    return page, Read(page.rendered.html)


def every_page() -> list[tuple[str, str]]:
    """Return name and language of all pages."""
    return [(name, language) for name in manual().names for language in LANGUAGES]


def test_a_checkout_is_read_where_it_is() -> None:
    """The pages of a checkout are its own files, so that they can be looked at while they are written."""
    assert manual_root() == ROOT


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_every_link_leads_to_a_file(source: Path) -> None:
    """As a file, and on a host of repositories, links between files lead to one that is there, and to a heading."""
    text = CODE.sub("", source.read_text(encoding="utf-8"))
    for href in LINK.findall(text):
        if urlsplit(href).scheme:
            continue
        path, _, name = href.partition("#")
        target = (source.parent / path).resolve() if path else source
        assert target.exists(), href
        if name:
            key = find_files(ROOT).address_of(target.relative_to(ROOT))  # type: ignore[arg-type]
            assert key is not None, href
            assert name in shown(key[0], key[1] or "en")[1].names, href


@pytest.mark.parametrize(("name", "language"), every_page())
def test_every_page_is_whole(name: str, language: str) -> None:
    """Each link leads to a page, a file or a heading; pictures have text and size; nothing is unsafe."""
    page, read = shown(name, language)
    assert page.rendered.title
    assert not read.styled
    assert not {"script", "style", "iframe", "form"} & set(read.tags)
    assert len(read.names) == len(set(read.names))
    for href in read.links:
        found = urlsplit(href)
        if found.scheme:
            assert found.scheme in ("http", "https"), href
            continue
        address = unquote(posixpath.normpath(found.path)).removeprefix(".") if found.path else name
        if manual().file(address) is None:
            target = found.query.removeprefix("lang=") or language
            names = shown(address, target)[1].names
            assert not found.fragment or found.fragment in names, href
    for picture in read.pictures:
        assert picture["alt"]
        assert int(str(picture["width"])) > 8
        assert manual().file(str(picture["src"]).removeprefix("./")) is not None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_in_the_contents(language: str) -> None:
    """The contents name each page once, in each language, and the pages follow one another in their order."""
    contents = manual().contents(language)
    assert contents.language == language
    entries = [entry.name for _, group in contents.groups for entry in group]
    assert sorted(entries) == sorted(name for name in manual().names if name)
    assert all(group for _, group in contents.groups)
    walked, name = [], ""
    while (after := contents.beside(name)[1]) is not None:
        before = contents.beside(after.name)[0]
        assert (before.name if before else "") == name
        name = after.name
        walked.append(name)
    assert walked == entries


def test_pages_in_chinese_say_what_the_english_ones_say() -> None:
    """A page in two languages has as many headings, blocks of code and pictures in both, and Chinese in one."""
    both = [name for name in manual().names if "zh-CN" in shown(name, "en")[0].languages]
    assert {"", "getting-started", "embedding"} <= set(both)
    for name in both:
        _, english = shown(name, "en")
        page, chinese = shown(name, "zh-CN")
        assert page.language == "zh-CN"
        assert HAN.search(page.rendered.html)
        assert chinese.tags.count("h2") <= english.tags.count("h2")
        assert chinese.tags.count("img") == english.tags.count("img")


def test_the_examples_are_a_page() -> None:
    """Each file to copy is listed once below the heading of its folder, which links to the folder lead to."""
    _, read = shown(EXAMPLES, "en")
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "examples").rglob("*.*") if path.is_file()}
    assert {link.removeprefix("./") for link in read.links} >= files
    assert {"nginx", "embedding"} <= set(read.names)
