"""Which files the manual is made of, and the address of each; nothing else can be asked for.

In an installed package they lie in `files`, as they lie in a checkout; in a checkout they are read where they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Put here when a package is built (pyproject.toml).
PACKAGED: Final = Path(__file__).resolve().parent / "files"

#: Pages outside of `docs`; the contents name them.
OUTSIDE: Final = ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md")

DOCS: Final = "docs"
EXAMPLES: Final = "examples"
_CONTENTS: Final = "README"

#: What is sent as it is.
MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".gif": "image/gif",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}
TEXT: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the manual.

    Attributes:
        path: where it is.
        inside: where it is below the manual's root, such as docs/limits.md.
    """

    path: Path
    inside: PurePosixPath

    @property
    def media_type(self) -> str:
        """Of a file that is sent as it is."""
        return MEDIA_TYPES.get(self.inside.suffix, TEXT)


@dataclass(frozen=True, slots=True)
class ManualFiles:
    """All of them.

    Attributes:
        pages: by name ("" are the contents) and language, "" for the one that all pages have.
        others: what is sent as it is, by address below the manual's own.
    """

    pages: Mapping[tuple[str, str], Source]
    others: Mapping[str, Source]

    def address_of(self, inside: PurePosixPath) -> tuple[str, str] | None:
        """Return the address and the language of a file, None where it is none of the manual's.

        A folder of examples is a heading on the page that lists them.
        """
        if inside.suffix == ".md":
            key = _page_key(inside)
            return key if key in self.pages else None
        address = _address(inside)
        if address in self.others:
            return address, ""
        if inside.parts[:1] == (EXAMPLES,) and any(name.startswith(f"{address}/") for name in self.others):
            return "#".join(inside.parts[:2]), ""
        return None


def manual_root() -> Path:
    """Return the folder in which `docs` lies."""
    return PACKAGED if PACKAGED.is_dir() else Path(__file__).resolve().parents[3]


def find_files(root: Path) -> ManualFiles:
    """Return the files of a manual.

    Args:
        root: the folder in which `docs` lies; where there is none, the manual is empty.
    """
    pages: dict[tuple[str, str], Source] = {}
    others: dict[str, Source] = {}
    for path in _files(root):
        source = Source(path, PurePosixPath(path.relative_to(root).as_posix()))
        if path.suffix == ".md":
            pages[_page_key(source.inside)] = source
        else:
            others[_address(source.inside)] = source
    return ManualFiles(pages, others)


def _files(root: Path) -> Iterator[Path]:
    yield from (root / name for name in OUTSIDE if (root / name).is_file())
    for folder in (DOCS, EXAMPLES):
        for path in sorted((root / folder).rglob("*")):
            known = folder == EXAMPLES or path.suffix == ".md" or path.suffix in MEDIA_TYPES
            if known and path.is_file() and not any(part.startswith((".", "_")) for part in path.parts[-2:]):
                yield path


def _page_key(inside: PurePosixPath) -> tuple[str, str]:
    """Return name and language of a page: docs/embedding.zh-CN.md is ("embedding", "zh-CN")."""
    name, _, language = inside.stem.partition(".")
    return "" if name == _CONTENTS else name.lower(), language


def _address(inside: PurePosixPath) -> str:
    return str(inside.relative_to(DOCS) if inside.parts[:1] == (DOCS,) else inside)
