"""One round of measuring: the servers in turn, kind by kind."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from typing import TYPE_CHECKING

import imagecodecs

from peer import client
from peer.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peer.corpus import Corpus
    from peer.kinds import Kind
    from peer.servers import Openwado, Orthanc, Server

#: Passes over the objects once they are warm; fewer where one takes longer than so many seconds.
WARM_PASSES, LONG_PASS = 5, 6.0

CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class Figures:
    """What a server took for one kind.

    Attributes:
        cold, warm: requests a second over four connections; warm: of the middle pass.
        cpu: ms a request, all its processes, in the best pass, as the floor is that of the best round.
        p50, p95: ms over four connections, of the middle pass.
        alone: p50 in ms over one connection.
        memory: MiB after the kind.
    """

    cold: float
    warm: float
    cpu: float
    p50: float
    p95: float
    alone: float
    memory: float


@dataclass(frozen=True, slots=True)
class Row:
    """One kind: the floor in CPU ms, ours, the peer's."""

    kind: Kind
    floor: float
    ours: Figures
    peer: Figures | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the server takes before and beside its work, with its defaults.

    Attributes:
        start: seconds from the command to a health check that says that all works.
        idle: MiB of all processes, then.
        after: MiB after all that follows.
        cached, unchanged: requests a second over four connections: kept renditions, and 304.
        cached_cpu, unchanged_cpu: ms a request.
    """

    start: float
    idle: float
    after: float
    cached: float
    unchanged: float
    cached_cpu: float
    unchanged_cpu: float


def measure_kinds(ours: Openwado, peer: Orthanc | None, kinds: Sequence[Kind], corpus: Corpus) -> list[Row]:
    """Measure all kinds, the servers in turn and the floor in between."""
    rows = []
    for kind in kinds:
        _check(ours, kind, corpus)
        # The first request for a large object is what the peer is measured by: it keeps what it has parsed last.
        asked = peer if peer is not None and (kind.peer_requests or _answers(peer, kind, corpus)) else None
        floor, passes, peer_passes = kind.floor(corpus), [_pass(ours, kind, corpus)], []
        if asked is not None:
            peer_passes.append(_pass(asked, kind, corpus))
        for _ in range(WARM_PASSES):
            passes.append(_pass(ours, kind, corpus))
            if asked is not None and not kind.peer_requests and peer_passes[0].load.seconds < LONG_PASS:
                peer_passes.append(_pass(asked, kind, corpus))
            floor = min(floor, kind.floor(corpus))
        figures = _figures(ours, kind, corpus, passes)
        peer_figures = _figures(asked, kind, corpus, peer_passes) if asked is not None else None
        rows.append(Row(kind, floor, figures, peer_figures))
        times = f", peer {peer_figures.cpu:.2f} ms: {peer_figures.cpu / figures.cpu:.1f} times" if peer_figures else ""
        print(f"  {kind.name}: {figures.cpu:.2f} ms CPU, floor {floor:.2f}{times}, {figures.warm:.0f}/s", flush=True)
    return rows


@dataclass(frozen=True, slots=True)
class _Pass:
    """One pass over the objects; cpu: ms a request."""

    load: client.Load
    cpu: float


def _pass(server: Server, kind: Kind, corpus: Corpus, *, passes: int = 1) -> _Pass:
    requests = _requests(server, kind, corpus) * passes
    before = server.cpu()
    load = client.run(server.port, requests, connections=CONNECTIONS)
    cpu = server.cpu() - before
    if load.failed:
        raise SystemExit(f"{server.name}: {load.failed} of {len(requests)} answers to {kind.name} failed")
    return _Pass(load, 1000 * cpu / len(requests))


def _requests(server: Server, kind: Kind, corpus: Corpus) -> list[bytes]:
    asked = kind.asked(corpus)
    if server.name != "openwado" and kind.peer_requests:
        asked = asked[: kind.peer_requests]
    return [client.request(server.port, kind.target(*each)) for each in asked]


def _figures(server: Server, kind: Kind, corpus: Corpus, passes: Sequence[_Pass]) -> Figures:
    first, warm = passes[0].load, sorted((each.load for each in passes[1:] or passes), key=lambda load: load.seconds)
    middle = warm[len(warm) // 2]
    alone = client.run(server.port, _requests(server, kind, corpus), connections=1) if len(passes) > 1 else middle
    return Figures(
        cold=len(first.latencies) / first.seconds,
        warm=len(middle.latencies) / middle.seconds,
        cpu=min(each.cpu for each in passes),
        p50=1000 * middle.quantile(0.5),
        p95=1000 * middle.quantile(0.95),
        alone=1000 * alone.quantile(0.5),
        memory=server.memory(),
    )


def _get(port: int, target: str) -> tuple[int, bytes, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("GET", target)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body, answer.headers


def _check(server: Server, kind: Kind, corpus: Corpus) -> None:
    """See that what is measured is the right answer."""
    for each in kind.asked(corpus)[::40]:
        status, body, _ = _get(server.port, kind.target(*each))
        if status != 200 or not body.startswith(kind.wanted):
            raise SystemExit(f"{server.name} answers {kind.name} with {status} {body[:60]!r}")
        if "columns=512" in kind.parameters and imagecodecs.jpeg8_decode(body).shape != (614, 512):
            raise SystemExit(f"{server.name} answers {kind.name} in another size")


def _answers(server: Server, kind: Kind, corpus: Corpus) -> bool:
    """Say whether a server answers such requests at all."""
    return _get(server.port, kind.target(*kind.asked(corpus)[0]))[0] == 200


def measure_standing(server: Openwado, corpus: Corpus) -> Standing:
    """Start the server with its defaults, measure what it takes before work, and what kept answers cost; end it."""
    with server:
        idle = server.memory()
        kind = KINDS[0]
        for _ in range(3):  # every process has each of them then, or finds it on disk
            client.run(server.port, _requests(server, kind, corpus), connections=CONNECTIONS)
        kept = _pass(server, kind, corpus, passes=10)
        unchanged = [
            client.request(server.port, kind.target(*each), _get(server.port, kind.target(*each))[2]["ETag"])
            for each in kind.asked(corpus)
        ] * 10
        before = server.cpu()
        load = client.run(server.port, unchanged, connections=CONNECTIONS)
        cpu = server.cpu() - before
        return Standing(
            start=server.seconds,
            idle=idle,
            after=server.memory(),
            cached=len(kept.load.latencies) / kept.load.seconds,
            unchanged=len(load.latencies) / load.seconds,
            cached_cpu=kept.cpu,
            unchanged_cpu=1000 * cpu / len(load.latencies),
        )


def notes_on_peer(peer: Orthanc, corpus: Corpus) -> list[str]:
    """Return what the peer answers wrongly, as its answers show."""
    notes = [f"{kind.name}: it answers with an error." for kind in KINDS if not _answers(peer, kind, corpus)]
    large = next(kind for kind in KINDS if kind.peer_requests)
    _get(peer.port, KINDS[0].target(corpus.items["ct"][0], 0))
    spent = []
    for frame in (1, 2):
        before = peer.cpu()
        _get(peer.port, large.target(corpus.items["large"][0], frame))
        spent.append(1000 * (peer.cpu() - before))
    notes.append(
        f"{large.name}: {spent[0]:.0f} ms CPU when another object was asked for before, {spent[1]:.0f} ms right after: "
        "it reads the whole object, and keeps the last one."
    )
    by_name = {kind.corpus: kind for kind in KINDS if kind.frames or "columns" in kind.parameters}
    cine = by_name["cine"]
    item = corpus.items["cine"][0]
    frames = {_get(peer.port, cine.target(item, frame))[1] for frame in (1, 500, 1000)}
    if len(frames) == 1:
        notes.append("frameNumber is ignored: frames 1, 500 and 1000 of the cine are the same bytes.")
    dx = by_name["dx"]
    shape = imagecodecs.jpeg8_decode(_get(peer.port, dx.target(corpus.items["dx"][0], 0))[1]).shape
    if shape[:2] != (614, 512):
        notes.append(f"columns is ignored: with columns=512 the DX has {shape[0]} rows and {shape[1]} columns.")
    status, _, fields = _get(peer.port, KINDS[0].target(corpus.items["ct"][0], 0))
    if status == 200 and fields["Content-Type"] != "image/jpeg":
        notes.append(f"Its JPEG is labelled {fields['Content-Type']}.")
    narrow = KINDS[0].target(corpus.items["ct"][0], 0)
    if _get(peer.port, f"{narrow}&windowCenter=40&windowWidth=40")[1] == _get(peer.port, narrow)[1]:
        notes.append("windowCenter and windowWidth are ignored: the same bytes with and without.")
    return notes
