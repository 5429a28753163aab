"""The tables, for the screen and for docs/performance.md."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from openwado import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from peer.measure import Row, Standing

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"

BEGIN, END = "<!-- tables: written by benchmarks/speed.py -->", "<!-- end of tables -->"

_LIBRARIES = ("uvicorn", "uvloop", "numpy", "opencv-python-headless", "imagecodecs", "msgspec")


@dataclass(frozen=True, slots=True)
class Round:
    """What was measured in one round; notes: on wrong answers of the peer."""

    standing: Standing
    rows: list[Row]
    notes: list[str]


def tables(rounds: Sequence[Round], peer_version: str, source: str) -> str:
    """Return all tables as Markdown; of several rounds the worst of ours."""
    libraries = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _LIBRARIES)
    machine = f"{os.cpu_count()} cores, {_processor()}, Linux {platform.release()}, Python {platform.python_version()}"
    lines = [
        f"{dt.datetime.now(dt.UTC).date()}, {len(rounds)} rounds: of each figure and each ratio the worst. {machine}.",
        f"openwado {__version__}; {libraries}{'; ' + peer_version if peer_version else ''}. Objects made of {source}.",
        "",
        "CPU: ms a request, all processes of the server, four connections, nothing kept.",
        "",
        "| request | floor | ours | peer | times less than the peer | the floor would be | above the floor |",
        "|---|---|---|---|---|---|---|",
        *map(_cpu_line, zip(*(each.rows for each in rounds), strict=True)),
        "",
        "Requests a second (four connections, the client on the same cores), and ms until the answer.",
        "",
        "| request | cold /s | again /s | p50 | p95 | p50, one connection | peer cold /s | again /s | p50 | p95 | MiB |",  # noqa: E501 -- a table
        "|---|---|---|---|---|---|---|---|---|---|---|",
        *map(_rate_line, zip(*(each.rows for each in rounds), strict=True)),
        "",
        *_standing([each.standing for each in rounds]),
    ]
    notes = rounds[-1].notes
    if notes:
        lines += ["", "What the peer answers wrongly, so that its figure is for less than was asked:", ""]
        lines += [f"- {note}" for note in notes]
    return "\n".join(lines) + "\n"


def write(text: str) -> None:
    """Put the tables between their marks in the page."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")


def _cpu_line(rows: Sequence[Row]) -> str:
    kind = rows[0].kind
    ours = max(row.ours.cpu for row in rows)
    floor = max(rows, key=_excess).floor
    peers = [row.peer.cpu / row.ours.cpu for row in rows if row.peer is not None]
    peer = f"{min(row.peer.cpu for row in rows if row.peer is not None):.2f}" if peers else "-"
    times = "-"
    if peers:
        times = f"{min(peers):.1f}"
        if kind.times_peer:
            times += f" ({_verdict(min(peers) >= kind.times_peer)}: {kind.times_peer:g})"
    if kind.times_floor:
        ratio = max(row.ours.cpu / row.floor for row in rows)
        above = f"{ratio:.2f} times ({_verdict(ratio <= kind.times_floor)}: {kind.times_floor:g})"
    else:
        excess = max(map(_excess, rows))
        above = f"{excess:+.2f} ms ({_verdict(excess <= kind.above_floor)}: +{kind.above_floor:g})"
    most = f"{min(row.peer.cpu / row.floor for row in rows if row.peer is not None):.1f}" if peers else "-"
    return f"| {kind.name} | {floor:.2f} | {ours:.2f} | {peer} | {times} | {most} | {above} |"


def _excess(row: Row) -> float:
    return row.ours.cpu - row.floor


def _rate_line(rows: Sequence[Row]) -> str:
    def ours(name: str, choose: Callable[[Iterable[float]], float]) -> float:
        return choose(getattr(row.ours, name) for row in rows)

    def peer(name: str, choose: Callable[[Iterable[float]], float]) -> float:
        return choose(getattr(row.peer, name) for row in rows if row.peer is not None)

    alone = max(row.ours.alone - row.floor for row in rows)
    cells = [
        f"{ours('cold', min):.0f}",
        f"{ours('warm', min):.0f}",
        f"{ours('p50', max):.1f}",
        f"{ours('p95', max):.1f}",
        f"{ours('alone', max):.2f} = floor {alone:+.2f} ({_verdict(alone <= 1)}: +1)",
    ]
    if rows[0].peer is None:
        cells += ["-"] * 4
    else:
        cells += [
            f"{peer('cold', max):.1f}",
            f"{peer('warm', max):.1f}",
            f"{peer('p50', min):.1f}",
            f"{peer('p95', min):.1f}",
        ]
    memory = f"{ours('memory', max):.0f}, " + ("-" if rows[0].peer is None else f"{peer('memory', max):.0f}")
    return f"| {rows[0].kind.name} | {' | '.join(cells)} | {memory} |"


def _standing(standings: Sequence[Standing]) -> list[str]:
    start = max(each.start for each in standings)
    idle = max(each.idle for each in standings)
    cached = min(each.cached for each in standings)
    unchanged = min(each.unchanged for each in standings)
    kept = f"{cached:.0f}/s, {max(each.cached_cpu for each in standings):.2f} ms CPU"
    same = f"{unchanged:.0f}/s, {max(each.unchanged_cpu for each in standings):.2f} ms CPU"
    return [
        "With the defaults, two render processes in all, and renditions kept:",
        "",
        "| | | to reach |",
        "|---|---|---|",
        f"| command to all processes ready | {start:.2f} s | {_verdict(start < 1)}: under 1 s |",
        f"| memory of all processes, idle | {idle:.0f} MiB | {_verdict(idle < 150)}: under 150 |",
        f"| memory after the requests below | {max(each.after for each in standings):.0f} MiB | |",
        f"| CT → JPEG that was kept | {kept} | {_verdict(cached >= 3000)}: 3000/s |",
        f"| CT → JPEG that has not changed (304) | {same} | {_verdict(unchanged >= 3000)}: 3000/s |",
    ]


def _verdict(reached: bool) -> str:  # noqa: FBT001 -- one word for one fact
    return "reached" if reached else "**missed**"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
