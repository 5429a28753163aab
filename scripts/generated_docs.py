"""Write the documents that the program generates, or check that they are fresh.

Usage: generated_docs.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from openwado.config import Settings, settings_page
from openwado.dicom.codec_page import codec_page
from openwado.server.statement_facts import situation_of_table
from openwado.statement.writing import written

if TYPE_CHECKING:
    from collections.abc import Callable

DOCS = Path(__file__).resolve().parent.parent / "docs"


def statement_page() -> str:
    """Return the conformance statement of a server with the default settings, in English."""
    return written(situation_of_table(Settings()), "md", "en").decode()


GENERATED: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "codecs.md": codec_page,
    "conformance-statement.md": statement_page,
}


def main() -> int:
    """Return 0 when all documents are as the program would write them."""
    stale = [name for name, text in GENERATED.items() if _read(DOCS / name) != text()]
    if "--check" in sys.argv:
        for name in stale:
            print(f"docs/{name} lags behind the program: run scripts/generated_docs.py")
        return 1 if stale else 0
    for name in stale:
        (DOCS / name).write_text(GENERATED[name](), encoding="utf-8")
        print(f"docs/{name} written")
    return 0


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
