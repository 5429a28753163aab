"""Write the documents and pictures that the program generates, or check that they are fresh.

Usage: generated_docs.py [--check]
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from manual_examples import alike, made_examples
from manual_parameters import filled
from openwado.config import Settings, settings_page
from openwado.dicom.codec_page import codec_page
from openwado.server.statement_facts import situation_of_table
from openwado.statement.writing import written

if TYPE_CHECKING:
    from collections.abc import Callable

DOCS = Path(__file__).resolve().parent.parent / "docs"
PICTURES = DOCS / "pictures"


def statement_page() -> str:
    """Return the conformance statement of a server with the default settings, in English."""
    return written(situation_of_table(Settings()), "md", "en").decode()


GENERATED: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "codecs.md": codec_page,
    "parameters.md": lambda: filled(_read(DOCS / "parameters.md")),
    "conformance-statement.md": statement_page,
}


def main() -> int:
    """Return 0 when all documents are as the program would write them."""
    stale = [*_stale_pages(), *_stale_pictures()]
    checks = "--check" in sys.argv
    for path, write in stale:
        name = path.relative_to(DOCS)
        if checks:
            print(f"docs/{name} lags behind the program: run scripts/generated_docs.py")
        else:
            write()
            print(f"docs/{name} written")
    return 1 if checks and stale else 0


def _stale_pages() -> list[tuple[Path, Callable[[], object]]]:
    made = {DOCS / name: make() for name, make in GENERATED.items()}
    return [
        (path, partial(path.write_text, text, encoding="utf-8")) for path, text in made.items() if _read(path) != text
    ]


def _stale_pictures() -> list[tuple[Path, Callable[[], object]]]:
    """Return pictures that show something else than the program draws, are missing, or belong to no example."""
    PICTURES.mkdir(exist_ok=True)
    made = {PICTURES / one.picture[0]: one.picture[1] for one in made_examples() if one.picture is not None}
    there = set(PICTURES.iterdir())
    stale: list[tuple[Path, Callable[[], object]]] = [(path, path.unlink) for path in sorted(there - made.keys())]
    for path, data in made.items():
        if path not in there or not alike(path.read_bytes(), data):
            stale.append((path, partial(path.write_bytes, data)))
    return stale


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
