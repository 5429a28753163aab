"""A real S3 server for tests: Ceph's object gateway before one monitor and one OSD, on loopback, in a folder."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import shutil
import socket
import subprocess
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from bound_process import Freezable, bound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PROGRAMS = ("ceph", "ceph-authtool", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")

ACCESS_KEY, SECRET_KEY = "openwado-tests", "not-a-secret-0123456789"

_START_SECONDS = 60.0
_ATTEMPTS = 4

_CONFIGURATION = """
[global]
fsid = {fsid}
mon_host = v1:127.0.0.1:{mon_port}
mon_data = {folder}/mon
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
run_dir = {folder}
admin_socket = {folder}/$name.asok
log_file = {folder}/$name.log
pid_file = {folder}/$name.pid
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_msgr2 = false
osd_data = {folder}/osd
osd_objectstore = bluestore
bluestore_block_size = 8589934592
bluestore_fsck_on_mount = false
osd_memory_target = 939524096
osd_op_num_shards = 1
osd_max_object_name_len = 256
osd_crush_chooseleaf_type = 0
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_size_one = true
mon_osd_full_ratio = 0.99
mon_osd_nearfull_ratio = 0.98
mon_osd_backfillfull_ratio = 0.985
mon_data_avail_warn = 1
mon_data_avail_crit = 0
mon_max_pg_per_osd = 5000
rgw_data = {folder}/rgw
rgw_frontends = beast endpoint=127.0.0.1:{port} tcp_nodelay=1
rgw_thread_pool_size = 32
rgw_enable_usage_log = false
rgw_run_sync_thread = false
rgw_lc_debug_interval = -1
rgw_cache_enabled = false
paxos_propose_interval = 0.02
paxos_min_wait = 0.01
"""


class CannotStartError(Exception):
    """A program of Ceph does not do what it should; the message says which, and what it said."""


@dataclass(slots=True)
class Gateway(Freezable):
    """A running gateway, and how to disturb it.

    Attributes:
        folder: of the cluster.
        port: where the gateway listens.
        process: the gateway.
    """

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What programs find their credentials by."""
        return {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}

    def url(self, bucket: str, prefix: str = "") -> str:
        """Return what names a store there."""
        place = f"{bucket}/{prefix}" if prefix else bucket
        return f"s3://{place}?endpoint={self.endpoint}&region=default&allow_http=true"

    def start(self) -> None:
        """Start the gateway, and wait until it answers."""
        self.process = _started(self.folder, "radosgw", "-f", "--name", "client.rgw")
        _wait_for(self._answers, "radosgw", self.process)

    def stop(self) -> None:
        """Kill the gateway: whoever asks is refused a connection."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True


def running_gateway(folder: Path) -> Iterator[Gateway]:
    """Start a cluster and its gateway, give it, and end them all; skip where Ceph is not installed.

    Args:
        folder: for everything; its path must be short, for there are sockets in it.
    """
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        pytest.skip(f"Ceph is not installed (Debian: ceph-mon, ceph-osd, radosgw): no {', '.join(missing)}")
    started: list[subprocess.Popen[bytes]] = []
    for attempt in range(_ATTEMPTS):
        try:
            gateway = _cluster(folder / str(attempt), started)
            break
        except CannotStartError:  # a port that was free may be somebody else's by now
            _end(started)
            if attempt == _ATTEMPTS - 1:
                raise
    try:
        yield gateway
    finally:
        gateway.stop()
        _end(started)


def _cluster(folder: Path, started: list[subprocess.Popen[bytes]]) -> Gateway:
    """Start everything in a new folder; what else than the gateway was started is put into the list."""
    mon_port, port = _free_ports(2)
    fsid = str(uuid.uuid4())
    text = _CONFIGURATION.format(fsid=fsid, mon_port=mon_port, folder=folder, port=port)
    for name in ("mon", "osd", "rgw"):
        (folder / name).mkdir(parents=True)
    (folder / "ceph.conf").write_text(text, encoding="ascii")
    gateway = Gateway(folder, port)
    _run(folder, "monmaptool", "--create", "--fsid", fsid, "--addv", "a", f"[v1:127.0.0.1:{mon_port}]", "monmap")
    _run(folder, "ceph-mon", "--mkfs", "-i", "a", "--monmap", "monmap")
    started.append(_started(folder, "ceph-mon", "-f", "-i", "a"))
    _run(folder, "ceph", "--connect-timeout", "30", "osd", "new", fsid)
    _run(folder, "ceph-osd", "--mkfs", "-i", "0", "--osd-uuid", fsid)
    started.append(_started_osd(folder))
    user = ("--uid", "tests", "--display-name", "tests", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY)
    _run(folder, "radosgw-admin", "user", "create", *user)
    try:
        gateway.start()
    except CannotStartError:
        gateway.stop()
        raise
    return gateway


def _started_osd(folder: Path) -> subprocess.Popen[bytes]:
    """Start the OSD and wait until it is up.

    It ends at once where it asks the monitor before that has told it which cluster this is ("wrong fsid"), or where its
    file is still locked by who made it; its next start is another try.
    """
    for attempt in range(_ATTEMPTS):
        process = _started(folder, "ceph-osd", "-f", "-i", "0")
        try:
            _wait_for(lambda: _osd_is_up(folder), "ceph-osd", process)
        except CannotStartError:
            _end([process])
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            return process
    raise AssertionError


def _end(started: list[subprocess.Popen[bytes]]) -> None:
    while started:
        process = started.pop()
        process.kill()
        process.wait()


def make_bucket(gateway: Gateway, name: str) -> None:
    """Make a bucket, of at least three characters."""
    _put(gateway, f"/{name}")


def open_bucket_to_all(gateway: Gateway, name: str) -> None:
    """Let everybody do everything in a bucket."""
    everything = {"Effect": "Allow", "Principal": "*", "Action": "s3:*"}
    resources = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
    policy = {"Version": "2012-10-17", "Statement": [everything | {"Resource": resources}]}
    _put(gateway, f"/{name}", "policy=", json.dumps(policy).encode())


def _put(gateway: Gateway, path: str, query: str = "", body: bytes = b"") -> None:
    """Send one signed request (AWS Signature Version 4)."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    scope = f"{stamp[:8]}/default/s3/aws4_request"
    digest = hashlib.sha256(body).hexdigest()
    host = f"127.0.0.1:{gateway.port}"
    signed = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": stamp}
    names = ";".join(signed)
    fields = [f"{field}:{value}" for field, value in signed.items()]
    canonical = "\n".join(["PUT", path, query, *fields, "", names, digest])
    to_sign = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{SECRET_KEY}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    credential = f"Credential={ACCESS_KEY}/{scope}, SignedHeaders={names}, Signature={signature}"
    headers = {**signed, "Authorization": f"AWS4-HMAC-SHA256 {credential}"}
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)
    connection.request("PUT", f"{path}?{query}" if query else path, body=body, headers=headers)
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    if answer.status not in (http.HTTPStatus.OK, http.HTTPStatus.NO_CONTENT):
        raise CannotStartError(f"{path} cannot be put: {said.decode(errors='replace')}")


def _osd_is_up(folder: Path) -> bool:
    status = json.loads(_run(folder, "ceph", "osd", "stat", "-f", "json"))
    return bool(status["num_up_osds"])


def _run(folder: Path, program: str, *arguments: str) -> bytes:
    command = [program, "--conf", "ceph.conf", *arguments]
    if program == "monmaptool":
        command = [program, *arguments]
    ran = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=_START_SECONDS)
    if ran.returncode:
        raise CannotStartError(f"{' '.join(command)}: {ran.stderr.decode(errors='replace')[-2000:]}")
    return ran.stdout


def _started(folder: Path, program: str, *arguments: str) -> subprocess.Popen[bytes]:
    with (folder / f"{program}.out").open("ab") as output:
        command = [program, "--conf", "ceph.conf", *arguments]
        return subprocess.Popen(bound(command), cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output)


def _wait_for(ready: Callable[[], bool], program: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise CannotStartError(f"{program} does not start")
        time.sleep(0.1)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports
