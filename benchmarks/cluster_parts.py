"""What a request costs each part of a cluster: nginx, two servers, PostgreSQL, and Ceph's gateway and its disks.

    python benchmarks/cluster_parts.py [objects]          (default: 150)

Starts what docs/scaling.md describes on this machine, as the tests do (Debian: nginx-light, postgresql, ceph-mon,
ceph-osd, radosgw). CPU is milliseconds a request of all processes of a part; bucket requests are counted by the gateway
itself. How long things take says little here, for all parts share the cores.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from ceph import running_gateway
from cluster import running_cluster
from postgresql_server import PostgresqlServer
from serving import wado_parameters
from stores import SERIES, STUDY, cpu_ms, write_object
from stowing import MULTIPART, parts_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ceph import Gateway
    from cluster import Cluster

CONNECTIONS = 4
PARTS = ("nginx", "openwado", "PostgreSQL", "gateway", "monitor and OSD")


def pids_of(*words: str) -> list[int]:
    """Return the processes whose command has all of some words in it."""
    commands: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            commands[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
    return [pid for pid, command in commands.items() if all(word in command for word in words)]


def parts_of_cluster(cluster: Cluster) -> dict[str, list[int]]:
    """Return the first processes of each part; theirs are below them."""
    folder = str(cluster.gateway.folder)
    gateway = cluster.gateway.process
    if gateway is None:
        raise SystemExit("the gateway does not run")
    with psycopg.connect(cluster.index) as connection:
        data = connection.execute("SHOW data_directory").fetchall()[0][0]
    rest = [pid for name in ("ceph-mon", "ceph-osd") for pid in pids_of(name, "ceph.conf") if _runs_in(pid, folder)]
    return {
        "nginx": [cluster.nginx.process.pid],
        "openwado": [node.process.pid for node in cluster.nodes if node.process is not None],
        "PostgreSQL": [int(Path(data, "postmaster.pid").read_text(encoding="ascii").split()[0])],
        "gateway": [gateway.pid],
        "monitor and OSD": rest,
    }


def _runs_in(pid: int, folder: str) -> bool:
    return str(Path(f"/proc/{pid}/cwd").resolve()) == folder


def bucket_requests(gateway: Gateway) -> int:
    """Return how many requests the gateway has had so far."""
    socket = gateway.folder / "client.rgw.asok"
    command = ["ceph", "--admin-daemon", str(socket), "perf", "dump", "rgw"]
    return int(json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["rgw"]["req"])


def all_requests(objects: dict[str, bytes]) -> dict[str, list[Callable[[httpx.Client], httpx.Response]]]:
    """Return what is asked, in this order, by what it is called."""

    def asking(uid: str, **parameters: str) -> Callable[[httpx.Client], httpx.Response]:
        return lambda client: client.get("/wado", params=wado_parameters((STUDY, SERIES, uid)) | parameters)

    def storing(data: bytes) -> Callable[[httpx.Client], httpx.Response]:
        kind = {"Content-Type": MULTIPART}
        return lambda client: client.post("/studies", content=parts_of(data), headers=kind)

    pictures = [asking(uid, contentType="image/jpeg") for uid in objects]
    return {
        "store 512 KiB by STOW-RS": [storing(data) for data in objects.values()],
        "CT 512² → JPEG, made": pictures,
        "the same again, kept": pictures * 5,
        "application/dicom as stored, 512 KiB": [
            asking(uid, contentType="application/dicom", transferSyntax="*") for uid in objects
        ],
        "unknown object, 404": [asking(f"{uid}.9", contentType="image/jpeg") for uid in objects] * 2,
    }


def measured(
    cluster: Cluster, asked: list[Callable[[httpx.Client], httpx.Response]]
) -> tuple[float, dict[str, float], float]:
    """Send requests through nginx; return how many a second, CPU ms of each part, and bucket requests, a request."""
    pids = parts_of_cluster(cluster)
    requests = bucket_requests(cluster.gateway)
    before = {part: sum(map(cpu_ms, pids[part])) for part in PARTS}
    began = time.perf_counter()
    with httpx.Client(base_url=cluster.nginx.url, timeout=60) as client, ThreadPoolExecutor(CONNECTIONS) as threads:
        statuses = {answer.status_code for answer in threads.map(lambda ask: ask(client), asked)}
    seconds = time.perf_counter() - began
    if statuses not in ({httpx.codes.OK}, {httpx.codes.NOT_FOUND}):
        raise SystemExit(f"answers with status {statuses}")
    spent = {part: (sum(map(cpu_ms, pids[part])) - before[part]) / len(asked) for part in PARTS}
    time.sleep(3)  # renditions are shared in the background
    return len(asked) / seconds, spent, (bucket_requests(cluster.gateway) - requests) / len(asked)


def main() -> None:
    """Print a table."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 150
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cl-", dir="/tmp")))
        write_object(root / "object.dcm", "1.2.3.4.1000000", 1)
        template = (root / "object.dcm").read_bytes()
        uids = [f"1.2.3.4.{1000001 + place}" for place in range(number)]
        objects = {uid: template.replace(b"1.2.3.4.1000000", uid.encode()) for uid in uids}
        for name in ("ceph", "cluster"):
            (root / name).mkdir()
        gateway = stack.enter_context(contextmanager(running_gateway)(root / "ceph"))
        postgresql = PostgresqlServer()
        stack.callback(postgresql.remove)
        cluster = stack.enter_context(running_cluster(root / "cluster", postgresql, gateway))
        print(f"| request | {' | '.join(PARTS)} | bucket requests | /s |")
        print("|---|" + "---|" * (len(PARTS) + 2))
        for what, asked in all_requests(objects).items():
            rate, spent, requests = measured(cluster, asked)
            print(f"| {what} | {' | '.join(f'{spent[part]:.2f}' for part in PARTS)} | {requests:.2f} | {rate:.0f} |")
        with psycopg.connect(cluster.index) as connection:
            query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'openwado'"
            print(f"\nConnections to PostgreSQL, two servers: {connection.execute(query).fetchall()[0][0]}")
        memory = {part: sum(map(resident_mib, pids)) for part, pids in parts_of_cluster(cluster).items()}
        print("Memory, MiB: " + ", ".join(f"{part} {mib:.0f}" for part, mib in memory.items()))


def resident_mib(pid: int) -> float:
    """Return the memory of a process and all below it, pages that they share counted once for all of them."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    own = next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return own + sum(resident_mib(int(child)) for child in children)


if __name__ == "__main__":
    main()
