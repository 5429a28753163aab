"""Markdown as HTML: what GitHub shows of it, and nothing that a strict policy would keep from being shown."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from openwado.manual.files import find_files
from openwado.manual.manual import Manual
from openwado.manual.markdown import Heading, listed_links, render

if TYPE_CHECKING:
    from pathlib import Path


def plain(text: str) -> str:
    """Return a text as HTML, its links as they are."""
    return render(text, lambda href: href).html


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("## By STOW-RS", ["by-stow-rs"]),
        ("## Why this picture?", ["why-this-picture"]),
        ("## `rows` and _columns_", ["rows-and-columns"]),
        ("## One\n## One\n### One", ["one", "one-1", "one-2"]),
        ("## 地址", ["地址"]),
    ],
)
def test_headings_have_the_names_that_github_gives_them(text: str, names: list[str]) -> None:
    """Letters of any script, digits, hyphens and underscores stay, spaces are hyphens; what comes again is counted."""
    assert [heading.name for heading in render(text, lambda href: href).headings] == names


def test_the_first_heading_is_the_title() -> None:
    """The title is no entry of what is on the page."""
    made = render("# A `b`\n\n## C\n\n##### D", lambda href: href)
    assert (made.title, made.headings) == ("A b", (Heading(2, "c", "C"),))


def test_html_is_shown_as_text_and_comments_not_at_all() -> None:
    """What is no comment is no tag to a browser; ends of lines and places to lead to are let through."""
    made = plain("a <script>alert(1)</script> <UID>\n\n<div onclick=x>\n\n<!-- hidden -->\n\nb <!-- c --> d")
    assert "<script" not in made
    assert "&lt;script&gt;" in made
    assert "&lt;UID&gt;" in made
    assert "&lt;div onclick" in made
    assert "hidden" not in made
    assert "<p>b  d</p>" in made or "<p>b d</p>" in made
    assert plain('## <a id="s1"></a>One<br>two <a id="x" onclick="y">') == (
        '<h2 id="onetwo"><a id="s1"></a>One<br>two &lt;a id=&quot;x&quot; onclick=&quot;y&quot;&gt;</h2>\n'
    )


def test_code_is_escaped_and_wide_things_can_be_scrolled_by_keys() -> None:
    """Code blocks and tables lie in boxes that take the focus; columns are aligned by class, not by style."""
    made = plain("```html\n<img src=x>\n```\n\n| a | b |\n|--:|:-:|\n| 1 | 2 |")
    assert '<pre tabindex="0"><code>&lt;img src=x&gt;\n</code></pre>' in made
    assert '<div class="wide" tabindex="0"><table>' in made
    assert 'class="right"' in made
    assert 'class="center"' in made
    assert "style=" not in made


def test_a_link_to_nothing_is_no_link() -> None:
    """Where there is nothing at /docs, such as a file of the source, the words stay."""
    assert render("[a](src/b.py)", lambda _: None).html == "<p><a>a</a></p>\n"


def test_listed_links_are_those_that_begin_entries() -> None:
    """Links elsewhere in the text are no contents; those before the first heading have none."""
    text = "- [a](a.md) and [no](no.md)\n\n[no](no.md)\n\n## G\n\n- [b *c*](b.md): x\n- d [no](no.md)"
    assert [(one.group, one.href, one.text) for one in listed_links(text)] == [("", "a.md", "a"), ("G", "b.md", "b c")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a small manual."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "README.md").write_text("# M\n\n- [One](one.md)\n- [Made](../examples/x)\n")
    (docs / "one.md").write_text(
        "# One\n\n[zwei](one.zh-CN.md) [x](../examples/x) [s](../src/s.py) [h](https://a.example/)"
    )
    (docs / "one.zh-CN.md").write_text("# 一\n\n[en](one.md#one)")
    (docs / "secret.txt").write_text("no picture, no page")
    (tmp_path / "pyproject.toml").write_text("no part of the manual")
    (tmp_path / "examples" / "x").mkdir(parents=True)
    (tmp_path / "examples" / "x" / "a.conf").write_text("a")
    return tmp_path


def test_only_files_of_the_manual_can_be_asked_for(folder: Path) -> None:
    """Addresses are looked up in a table; there is no way around it."""
    files = find_files(folder)
    assert set(files.others) == {"examples/x/a.conf"}
    assert set(files.pages) == {("", ""), ("one", ""), ("one", "zh-CN")}
    manual = Manual(folder)
    for address in ("../pyproject.toml", "secret.txt", "docs/one.md", "/etc/passwd", "one.zh-CN", "examples/x", "."):
        assert manual.file(address) is None, address
        assert manual.page(address, "en") is None, address


def test_links_are_relative_and_name_the_language_where_it_is_named(folder: Path) -> None:
    """A link to another language names it; others only where this page was asked for by name."""
    manual = Manual(folder)
    english, chinese = manual.page("one", "en"), manual.page("one", "zh-CN", names_language=True)
    assert english is not None
    assert chinese is not None
    for link in ("./one?lang=zh-CN", "./examples#x", "https://a.example/"):
        assert f'href="{link}"' in english.rendered.html
    assert "<a>s</a>" in english.rendered.html
    assert 'href="./one?lang=en#one"' in chinese.rendered.html
    assert manual.contents("zh-CN").language == "en"


def test_a_page_that_changes_is_made_anew(folder: Path) -> None:
    """Who writes the manual looks at it without starting the server again."""
    manual = Manual(folder)
    first = manual.page("one", "en")
    assert first is not None
    assert manual.page("one", "en") == first
    path = folder / "docs" / "one.md"
    path.write_text("# Other")
    os.utime(path, ns=(1, 1))
    second = manual.page("one", "en")
    assert second is not None
    assert second.rendered.title == "Other"


def test_a_manual_that_is_not_there_has_no_pages(tmp_path: Path) -> None:
    """A package that was made without it serves all the same."""
    manual = Manual(tmp_path)
    assert manual.names == ()
    assert manual.page("", "en") is None
    assert manual.contents("en").groups == ()
