"""How fast the lists of studies are where there are many: prints one table a database.

    python benchmarks/studies.py [studies] [postgresql://…]          (default: 100000)

With the address of an empty PostgreSQL database, which may be filled with made-up rows, that is measured too. The rows
are made up: names of three scripts, five kinds of examination, three series of one object each; the tables and the
words by which studies are found are the program's own. Pages are asked for over ASGI, as the server asks for them: the
search, the number of studies that were found, and the pictures of thirty of them. Each time is the best of some; the
CPU is that of this process, in which SQLite works too.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from starlette.routing import Router

from filling.many_studies import fill
from openwado.archive.file_store import FileStore
from openwado.archive.opening import open_index
from openwado.archive.sqlite import SqliteIndex
from openwado.server.page import page_routes
from openwado.server.problems import ProblemAnswers

if TYPE_CHECKING:
    from openwado.archive.index import Index

PASSES = 9

#: What is asked for: words, and the address.
ADDRESSES = (
    ("first page", "/"),
    ("page 3,000", "/?page=3000"),
    ("last page", "/?page=3334"),
    ("a word that all have", "/?q=example"),
    ("the same, page 300", "/?q=example&page=300"),
    ("a modality that a fifth has", "/?modality=MR"),
    ("one patient ID", "/?id=00027777"),
    ("two words, two studies", "/?q=thorax+0004000?"),
    ("a family name", "/?name=exa*ple^anna"),
    ("Chinese", "/?q=王小东"),
    ("a wildcard in all fields", "/?q=*777?7"),
    ("nothing is found", "/?q=nobody"),
    ("one day", "/?from=2024-03-15&to=2024-03-15"),
    ("a year and a modality", "/?from=2020-01-01&to=2020-12-31&modality=CT"),
)


def milliseconds(index: Index, address: str) -> tuple[float, float, int]:
    """Return the best time of one page, the CPU of this process for it, and how many studies are on it."""
    app = ProblemAnswers(Router(page_routes(index=index, store=FileStore(), wado_path="/wado")))

    async def ask() -> tuple[float, float, int]:
        taken, worked = [], []
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            for _ in range(PASSES):
                started, began = time.perf_counter(), time.process_time()
                answer = await client.get(address, headers={"accept": "text/html"})
                taken.append(time.perf_counter() - started)
                worked.append(time.process_time() - began)
        answer.raise_for_status()
        return min(taken) * 1000, min(worked) * 1000, answer.text.count('<li class="study"')

    return asyncio.run(ask())


def table(name: str, index: Any, studies: int) -> None:  # noqa: ANN401 -- an index of either kind
    """Fill an index, and print what it takes."""
    seconds = fill(index, studies)
    print(f"\n{name}: {studies} studies, filled in {seconds:.0f} s\n")
    print("| page | studies on it | ms | CPU here |\n|---|---|---|---|")
    for words, address in ADDRESSES:
        taken, worked, shown = milliseconds(index, address)
        print(f"| {words}, `{address}` | {shown} | {taken:.1f} | {worked:.1f} |")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("studies", type=int, nargs="?", default=100_000)
    parser.add_argument("postgresql", nargs="?")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, closing(SqliteIndex(Path(folder) / "index.sqlite")) as index:
        table("SQLite", index, asked.studies)
    if asked.postgresql:
        with closing(open_index(asked.postgresql, seconds=60)) as index:
            table("PostgreSQL", index, asked.studies)


if __name__ == "__main__":
    main()
