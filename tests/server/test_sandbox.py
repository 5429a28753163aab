"""What a render process cannot do, whoever has taken it over (docs/limits.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from openwado.config import Settings, SettingsError
from openwado.server import landlock, sandbox
from openwado.server.sandbox import Demand, Sandbox, sandbox_of
from openwado.server.system_calls import SYSTEM_CALLS
from server.sandboxed_attempts import ALLOWED, FORBIDDEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from server.conftest import Running


def test_code_in_a_render_process_reaches_nothing(start: Callable[..., Running], tmp_path: Path) -> None:
    """It opens no socket, runs no program, writes no file and touches no other process; reading and threads go on."""
    server = start(sandbox="require", spool_folder=str(tmp_path), producer="sandboxed_attempts:producer")
    found = server.get("bytes:1", lane="codec").json()
    assert {name: found[name] for name in FORBIDDEN if found[name] == "done"} == {}
    assert {name: found[name] for name in ALLOWED} == dict.fromkeys(ALLOWED, "done")
    assert not list(tmp_path.iterdir())
    assert "holds=files, programs, system calls, network" in server.log().replace('"', "")


def test_a_file_is_made_and_has_a_bound(start: Callable[..., Running]) -> None:
    """A spool is a file without a name; one over `render_file_size` is refused, 501; the process works on."""
    server = start(sandbox="auto", file_mib=2, processes=1)
    before = server.get("process", lane="codec").text
    assert server.get("toolarge:2", lane="codec").status_code == 200
    assert server.get("toolarge:3", lane="codec").status_code == 501
    assert server.get("process", lane="codec").text == before


def test_off_is_off(server: Running) -> None:
    """With `render_sandbox` off nothing is forbidden, and the log says so."""
    assert server.get("limits", lane="codec").status_code == 200
    assert "render sandbox holds=off" in server.log()


def test_require_keeps_a_server_from_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the kernel cannot, `require` is refused with what is missing; `auto` takes what there is."""
    monkeypatch.setattr(landlock, "version", lambda: 0)
    with pytest.raises(SettingsError, match="Landlock"):
        sandbox_of(Settings(render_sandbox="require"))
    assert sandbox_of(Settings(render_sandbox="auto")).demand is Demand.AUTO
    monkeypatch.undo()
    assert not sandbox.missing()


def test_the_network_is_open_for_a_bucket_only() -> None:
    """Render processes read objects from a bucket themselves, so sockets are theirs there and nowhere else."""
    assert sandbox_of(Settings(store="s3://bucket/prefix")).network
    assert not sandbox_of(Settings(store="/somewhere")).network


def test_the_sandbox_goes_over_the_pipe() -> None:
    """What is told to the template arrives there as it was."""
    told = Sandbox(Demand.REQUIRE, network=True, file_mib=7)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(told), type=Sandbox) == told


def test_the_table_of_system_calls_is_the_kernels() -> None:
    """Each name has the number that the kernel's own header gives it, once."""
    assert len({call.name for call in SYSTEM_CALLS}) == len(SYSTEM_CALLS)
    for machine in ("x86_64", "aarch64"):
        numbers = [getattr(call, machine) for call in SYSTEM_CALLS if getattr(call, machine) >= 0]
        assert len(set(numbers)) == len(numbers)
