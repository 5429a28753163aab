"""What the HTTP doors need to know, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openwado.server.expiry import ExpiringFile
    from openwado.server.security_headers import SecurityOptions

from openwado.observe.log import DEFAULT_STYLE, LogStyle
from openwado.server.sandbox import NO_SANDBOX, Sandbox

#: Longest time for a client to take a part of an answer; then the connection is closed.
STALL_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class PoolOptions:
    """How the render processes of one HTTP process work.

    Attributes:
        producer: import path `module:function` of a function without arguments that returns what does a job:
            a function from `Job` to `Rendition`. The module is imported once, ahead of all jobs.
        processes: how many render processes there are.
        queue: requests that may wait for one; more are refused.
        queue_seconds: longest wait of a request.
        deadline_seconds: longest time of one job, from its start.
        memory_mib: address space that a render process may take beyond what it starts with, MiB.
        log: how the render processes write theirs.
        spool_folder: where they keep what is too large for memory; "" where the system has temporary files.
        sandbox: how they are confined.
    """

    producer: str
    processes: int = 1
    queue: int = 64
    queue_seconds: float = 10.0
    deadline_seconds: float = 30.0
    memory_mib: int = 2048
    log: LogStyle = DEFAULT_STYLE
    spool_folder: str = ""
    sandbox: Sandbox = NO_SANDBOX


@dataclass(frozen=True, slots=True)
class StowOptions:
    """How objects are taken in over HTTP.

    Attributes:
        is_on: whether they are.
        max_request_bytes: largest body.
        max_object_bytes: largest object in it.
    """

    is_on: bool = False
    max_request_bytes: int = 16384 << 20
    max_object_bytes: int = 4096 << 20


@dataclass(frozen=True, slots=True)
class ObservationOptions:
    """What is told about requests, and to whom; addresses and networks are as `openwado.server.callers` reads them.

    Attributes:
        metrics: whether there are any.
        metrics_readers: who may read them.
        proxies: whose X-Request-ID and traceparent are taken over.
        server_timing: whether answers say how long their steps took.
        tracing_endpoint: where traces go, "" for nowhere.
        tracing_share: share of requests that are traced.
        data: the data folder, "" if there is none.
        expiring: files whose end is told.
    """

    metrics: bool = True
    metrics_readers: tuple[str, ...] = ("127.0.0.0/8", "::1")
    proxies: tuple[str, ...] = ("127.0.0.0/8", "::1")
    server_timing: bool = True
    tracing_endpoint: str = ""
    tracing_share: float = 1.0
    data: str = ""
    expiring: tuple[ExpiringFile, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How the doors answer.

    Attributes:
        pool: how the render processes work.
        wado_path: path of the WADO service.
        max_uri_length: longest request target (path, question mark and query) answered, bytes; beyond it 414.
        cache_max_age: seconds for which a browser may show an answer without asking again; 0: it always asks.
        cors_origins: origins whose scripts may read answers; "*" for all.
        cors_credentials: whether such scripts may send cookies or authorization; never together with "*".
        stall_seconds: longest time for a client to take one piece of a body, or to send one; then the connection is
            closed.
        stow: how objects are taken in.
        index_is_remote: whether questions to the index, or to the store behind it, may take long: nobody else may
            wait for their answers.
        observation: what is told about requests.
        security: what browsers are told on every answer; None: nothing beyond what each answer says.
        proxies: addresses and networks of proxies that are believed about whom they speak for.
    """

    pool: PoolOptions
    wado_path: str = "/wado"
    max_uri_length: int = 8192
    cache_max_age: int = 0
    cors_origins: tuple[str, ...] = ()
    cors_credentials: bool = False
    stall_seconds: float = STALL_SECONDS
    index_is_remote: bool = False
    stow: StowOptions = StowOptions()
    observation: ObservationOptions = ObservationOptions()
    security: SecurityOptions | None = None
    proxies: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.cors_credentials and "*" in self.cors_origins:
            raise ValueError("cors_origins * cannot stand beside cors_credentials: browsers refuse such answers")
