"""The examples of how openwado is run: each file is checked, and what it starts is started."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from pathlib import Path

import httpx
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from authorities import authority
from nginx import free_port, replaced, running_program
from served_command import served

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
HEALTHCHECK = EXAMPLES / "container" / "healthcheck.py"


def unit() -> dict[str, list[str]]:
    """Return the settings of the service, each with all its values."""
    found: dict[str, list[str]] = {}
    for line in (EXAMPLES / "systemd" / "openwado.service").read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            name, value = line.split("=", 1)
            found.setdefault(name, []).append(value)
    return found


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """Systemd itself finds nothing wrong with the unit, and little that it could still be kept from."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed (Debian: systemd)")
    text = (EXAMPLES / "systemd" / "openwado.service").read_text(encoding="utf-8")
    copy = tmp_path / "openwado.service"
    copy.write_text(replaced(text, {"/opt/openwado/bin/openwado serve": f"{sys.executable} serve"}), encoding="utf-8")
    checked = subprocess.run([program, "verify", str(copy)], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    command = [program, "security", "--offline=yes", "--threshold=20", str(copy)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_the_service_starts_reloads_and_stops(tmp_path: Path) -> None:
    """The unit's own command serves with the settings beside it, reads again on SIGHUP, and ends in time."""
    service = unit()
    trusted = authority(tmp_path / "tls")
    settings = (EXAMPLES / "systemd" / "openwado.toml").read_text(encoding="utf-8")
    port = free_port()
    paths = {"8443": str(port), "/etc/openwado/tls/server.pem": str(trusted.issue())}
    (tmp_path / "openwado.toml").write_text(
        replaced(settings, paths).replace("/etc/openwado/tls/server.key", str(tmp_path / "tls" / "server.pem"))
    )
    command = shlex.split(service["ExecStart"][0])
    assert command[0] == "/opt/openwado/bin/openwado"
    places = {"/etc/openwado/openwado.toml": tmp_path / "openwado.toml", "/var/lib/openwado": tmp_path / "state"}
    assert set(places) < set(command)
    assert service["Type"] == ["notify"]
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager,
        served([places.get(part, part) for part in command[1:]], tmp_path, NOTIFY_SOCKET=manage(manager)) as (
            process,
            url,
        ),
    ):
        assert told(manager) == ["READY=1", f"STATUS=Answers at port {port}."]
        with httpx.Client(base_url=url, verify=trusted.trusting(), http2=True) as client:
            assert client.get("/").status_code == 200
        other = authority(tmp_path / "other")
        os.replace(other.issue(), tmp_path / "tls" / "server.pem")  # noqa: PTH105 -- at once, as one has to
        assert service["ExecReload"] == ["/bin/kill -HUP $MAINPID"]
        process.send_signal(signal.SIGHUP)
        assert told(manager)[0] == "RELOADING=1"
        assert eventually(f"{url}/health", other.trusting())
        assert told(manager) == ["READY=1"]
        process.terminate()
        assert told(manager) == ["STOPPING=1"]
        assert process.wait(float(service["TimeoutStopSec"][0])) == 0
    assert not {path.name for path in tmp_path.iterdir()} - {"tls", "other", "openwado.toml", "state", "log"}


def manage(manager: socket.socket) -> str:
    """Listen as a service manager does, and return where."""
    manager.bind("")  # an abstract one that is free
    address: bytes = manager.getsockname()
    manager.settimeout(60)
    return f"@{address[1:].decode('ascii')}"


def told(manager: socket.socket) -> list[str]:
    """Return what the service manager is told next."""
    return manager.recv(4096).decode().splitlines()


def eventually(url: str, verify: object) -> bool:
    """Ask until there is an answer."""
    for _ in range(200):
        try:
            return httpx.get(url, verify=verify).status_code == 200  # type: ignore[arg-type]
        except httpx.TransportError:
            continue
    return False


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the image, lines joined."""
    text = (EXAMPLES / "container" / "Containerfile").read_text(encoding="utf-8")
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#")).replace("\\\n", " ")
    found = [line.split(None, 1) for line in lines.splitlines() if line.strip()]
    return [(name, " ".join(rest.split())) for name, rest in found]


def test_the_image_is_what_it_should_be() -> None:
    """Known instructions only; not root; what is copied is there; one place is written."""
    found = instructions()
    assert {name for name, _ in found} <= {
        "ARG", "FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK",
        "ENTRYPOINT", "CMD",
    }  # fmt: skip
    last = dict(found[[name for name, _ in found].index("FROM", 1) :])
    assert last["USER"].split(":")[0].isdecimal()
    assert int(last["USER"].split(":")[0]) > 0
    user, group = last["USER"].split(":")
    assert f"groupadd --gid {group} openwado" in last["RUN"]
    assert f"useradd --uid {user} --gid {group} " in last["RUN"]
    assert "--mode 700 --owner openwado --group openwado /var/lib/openwado" in last["RUN"]
    assert last["VOLUME"] == '["/var/lib/openwado"]'
    assert last["STOPSIGNAL"] == "SIGTERM"
    for value in (value for name, value in found if name == "COPY" and not value.startswith("--from")):
        for source in value.split()[:-1]:
            assert (ROOT / source).exists(), source
    names = [part.split("=")[0] for part in last["ENV"].split()]
    from openwado.config import ENVIRONMENT_PREFIX, Settings  # noqa: PLC0415 -- the names of settings, here only

    ours = [name.removeprefix(ENVIRONMENT_PREFIX).lower() for name in names if name.startswith(ENVIRONMENT_PREFIX)]
    assert set(ours) <= set(Settings.__struct_fields__)


def test_the_image_is_built_of_all_that_the_package_needs() -> None:
    """What the build reads of the checkout is copied before it."""
    found = instructions()
    built = next(at for at, (name, value) in enumerate(found) if name == "RUN" and "pip install" in value)
    copied = {source.removesuffix("/") for name, value in found[:built] if name == "COPY" for source in value.split()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["force-include"], project["project"]["readme"], *project["project"].get("license-files", ())}
    needed |= {package.partition("/")[0] for package in wheel["packages"]}
    assert needed <= copied


def image_commands(program: str) -> list[str]:
    """Return the commands of the image's build that call a program."""
    return [value for name, value in instructions() if name == "RUN" and re.search(rf"\b{program}\b", value)]


def locked() -> list[tuple[Requirement, list[str]]]:
    """Return what the lock file names, each with the hashes of its files."""
    text = (ROOT / "requirements.lock").read_text(encoding="ascii").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return [
        (Requirement(line.partition(" --hash=")[0].strip()), re.findall(r"--hash=sha256:([0-9a-f]{64})", line))
        for line in lines
    ]


def test_the_lock_file_names_one_version_of_all_that_the_image_needs() -> None:
    """For each Python: of openwado's needs, of the extras in the image and of the build; each with hashes."""
    assert all(hashes and re.fullmatch(r"==[^,]+", str(one.specifier)) for one, hashes in locked())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = next(value for name, value in instructions() if name == "ARG" and value.startswith("EXTRAS="))
    optional = project["project"]["optional-dependencies"]
    needs = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    needs += [need for extra in extras.removeprefix("EXTRAS=").split(",") for need in optional[extra]]
    needed = {canonicalize_name(Requirement(need).name) for need in needs}
    for version in ("3.11", "3.12", "3.13"):
        there = {"python_version": version, "python_full_version": f"{version}.9", "sys_platform": "linux"}
        pinned = Counter(
            canonicalize_name(one.name) for one, _ in locked() if one.marker is None or one.marker.evaluate(there)
        )
        assert set(pinned.values()) == {1}
        assert needed <= pinned.keys(), "make lock"


def test_the_image_takes_files_of_known_hashes_only(tmp_path: Path) -> None:
    """The image's own command takes a file that the lock file knows and none that it does not; nothing else fetches."""
    fetch, install = image_commands("pip")
    assert shlex.split(install)[1:] == [
        "install", "--no-cache-dir", "--no-index", "--find-links", "wheels", ".[${EXTRAS}]",
    ]  # fmt: skip
    index = tmp_path / "index"
    index.mkdir()
    wheel = index / "small-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as written:
        written.writestr("small.py", "")
        written.writestr("small-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: small\nVersion: 1.0\n")
        written.writestr("small-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        written.writestr("small-1.0.dist-info/RECORD", "")
    right = hashlib.sha256(wheel.read_bytes()).hexdigest()
    fetch = replaced(fetch, {"/opt/openwado/bin/pip": f"{sys.executable} -m pip"})
    environment = {
        "PATH": os.environ["PATH"],
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(index),
        "PIP_CONFIG_FILE": os.devnull,
    }
    found = {}
    for digest in (right, "0" * 64):
        folder = tmp_path / digest
        folder.mkdir()
        (folder / "requirements.lock").write_text(f"small==1.0 --hash=sha256:{digest}\n", encoding="ascii")
        ran = subprocess.run(["/bin/sh", "-c", fetch], cwd=folder, env=environment, check=False, capture_output=True)
        found[digest] = (ran.returncode, [one.name for one in folder.glob("wheels/*")])
    assert found == {right: (0, [wheel.name]), "0" * 64: (1, [])}


def test_the_image_starts_and_is_well(tmp_path: Path) -> None:
    """Entry point, command and environment of the image serve; its health check says so, and when nobody is there."""
    last = dict(instructions()[[name for name, _ in instructions()].index("FROM", 1) :])
    entry, command = (re.findall(r'"([^"]*)"', last[name]) for name in ("ENTRYPOINT", "CMD"))
    assert entry == ["openwado"]
    trusted = authority(tmp_path / "tls")
    port = free_port()
    configuration = tmp_path / "openwado.toml"
    configuration.write_text(f'tls_certificate = "{trusted.issue()}"\nworkers = 1\n')
    arguments = [str(configuration) if part == "/etc/openwado/openwado.toml" else part for part in command]
    environment = {"OPENWADO_DATA": str(tmp_path / "data"), "OPENWADO_HOST": "127.0.0.1", "OPENWADO_PORT": str(port)}
    asking = {"OPENWADO_HEALTHCHECK_CONFIG": str(configuration), "OPENWADO_PORT": str(port), "PATH": os.environ["PATH"]}

    def health() -> int:
        return subprocess.run([sys.executable, HEALTHCHECK], env=asking, check=False, timeout=30).returncode

    assert health() == 1
    with served(arguments, tmp_path, **environment):
        assert health() == 0


def test_nginx_with_tls(tmp_path: Path) -> None:
    """The example's nginx answers over HTTP/2, sends plain HTTP there, and its client is the client (RFC 7239 7.4)."""
    trusted = authority(tmp_path / "tls")
    certificate = str(trusted.issue())
    plain, secured, behind = free_port(), free_port(), free_port()
    settings = replaced((EXAMPLES / "nginx" / "openwado.toml").read_text(encoding="ascii"), {"8080": str(behind)})
    (tmp_path / "openwado.toml").write_text(settings + "max_request_rate = 1\nmax_request_burst = 6\nworkers = 1\n")
    folder = tmp_path / "nginx"
    folder.mkdir()
    text = replaced(
        (EXAMPLES / "nginx" / "nginx.conf").read_text(encoding="ascii"),
        {
            "127.0.0.1:80;": f"127.0.0.1:{plain};",
            "127.0.0.1:443 ": f"127.0.0.1:{secured} ",
            "127.0.0.1:8080;": f"127.0.0.1:{behind};",
            "/etc/nginx/tls/server.pem": certificate,
            "/etc/nginx/tls/server.key": certificate,
        },
    )
    serving: list[str | Path] = ["serve", "--config", tmp_path / "openwado.toml", "--data", tmp_path / "data"]
    with (
        served(serving, tmp_path),
        running_program(folder, text, secured),
        httpx.Client(verify=trusted.trusting(), http2=True, base_url=f"https://localhost:{secured}") as client,
    ):
        moved = httpx.get(f"http://localhost:{plain}/wado?a=b")
        assert (moved.status_code, moved.headers["location"]) == (308, "https://localhost/wado?a=b")
        answer = client.get("/")
        assert (answer.status_code, answer.http_version) == (200, "HTTP/2")
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        forged = [client.get("/health", headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code for n in range(8)]
        assert 429 in forged  # whatever a client says of itself, it is one client


def test_settings_of_the_examples_are_settings() -> None:
    """Every settings file among the examples is taken by the program."""
    from openwado.config import convert  # noqa: PLC0415 -- here only

    for path in EXAMPLES.rglob("*.toml"):
        convert(tomllib.loads(path.read_text(encoding="utf-8")))
