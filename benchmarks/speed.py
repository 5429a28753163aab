"""This server beside Orthanc and beside the floor, kind by kind: `make bench`.

    python benchmarks/speed.py [--rounds 3] [--write] [--kinds NAME …] [--folder FOLDER]

Builds a corpus of distinct objects, starts both servers on this machine, asks each of them every object once (cold)
and again (warm) over four connections, in turn, then once more over one connection; prints what that took. With
several rounds the worst figure of ours counts. `--write` puts the tables into docs/performance.md.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from peer import report
from peer.corpus import build
from peer.kinds import KINDS
from peer.measure import measure_kinds, measure_standing, notes_on_peer
from peer.servers import Openwado, Orthanc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peer.corpus import Corpus
    from peer.kinds import Kind
    from peer.measure import Row

PORT = 18042


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1, help="how often all is measured; the worst counts")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    parser.add_argument("--kinds", nargs="*", help="parts of the names of kinds; default: all")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "openwado-speed")
    options = parser.parse_args()
    kinds = [kind for kind in KINDS if not options.kinds or any(part in kind.name for part in options.kinds)]
    corpus = build(options.folder)
    print(f"Objects made of {corpus.source} in {corpus.folder}.")
    ours, keeping = Openwado(corpus, PORT, cache=False), Openwado(corpus, PORT + 2, cache=True)
    peer = Orthanc(corpus, PORT + 1)
    print(f"Indexed in {ours.index():.1f} s.")
    rounds = []
    for number in range(options.rounds):
        print(f"Round {number + 1} of {options.rounds}")
        standing = measure_standing(keeping, corpus)
        rows = _with_servers(ours, peer, kinds, corpus)
        rounds.append(report.Round(standing, *rows))
    text = report.tables(rounds, peer.version() if peer.is_there else "", corpus.source)
    print(text)
    if options.write:
        report.write(text)


def _with_servers(ours: Openwado, peer: Orthanc, kinds: Sequence[Kind], corpus: Corpus) -> tuple[list[Row], list[str]]:
    with ours:
        if not peer.is_there:
            print("Orthanc is not here (Debian: apt install orthanc orthanc-dicomweb): our rows only.")
            return measure_kinds(ours, None, kinds, corpus), []
        with peer:
            return measure_kinds(ours, peer, kinds, corpus), notes_on_peer(peer, corpus)


if __name__ == "__main__":
    main()
