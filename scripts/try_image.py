"""Build the image of examples/container with an engine, run it with the options in its head, and see that all is well.

Usage: try_image.py [--engine podman] [--build-option=OPTION …] [--run-option=OPTION …]

It needs an engine that may run containers, and a base image; another one: --build-option=--build-arg=BASE=IMAGE.
Packages from another index: --build-option=--volume=/etc/pip.conf:/etc/pip.conf:ro. What was made is taken away again.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from openwado.samples import write_samples

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT: Final = Path(__file__).resolve().parent.parent
CONTAINERFILE: Final = ROOT / "examples" / "container" / "Containerfile"
NAME: Final = "openwado-trial"
SETTINGS: Final = "insecure_no_auth = true\nstow = true\n"

#: Seconds in which the server has to start, and to stop.
START, STOP = 120.0, 40

#: Printed by the container itself: what it may, and whether its root can be written.
LOOK: Final = (
    "id -u; sed -n 's/^\\(CapBnd\\|CapEff\\|NoNewPrivs\\|Seccomp\\):[[:space:]]*/\\1=/p' /proc/1/status; "
    "touch /made /opt/openwado/made 2>/dev/null && echo written; ls -l /var/lib | grep openwado"
)

#: Kills the processes that answer HTTP, and prints the zombies once others have come.
KILL: Final = """
import os, pathlib, time
def processes():
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            name, rest = path.read_text().split("(", 1)[1].rsplit(")", 1)
        except OSError:
            continue
        yield int(path.parent.name), name, rest.split()[0]
killed = {pid for pid, name, _ in processes() if name == "openwado-http"}
for pid in killed:
    os.kill(pid, 9)
while not {pid for pid, name, _ in processes() if name == "openwado-render"} or killed & {p for p, *_ in processes()}:
    time.sleep(0.1)
time.sleep(2)
print([name for _, name, state in processes() if state == "Z"])
"""


def head_command(name: str) -> list[str]:
    """Return a command of the file's head, such as `run`: its words after the engine's name."""
    text = CONTAINERFILE.read_text(encoding="utf-8").split("\nFROM", 1)[0]
    joined = re.sub(r"\\\n#\s*", "", text)
    return shlex.split(next(line for line in joined.splitlines() if line.startswith(f"#   podman {name} ")))[2:]


@dataclass(slots=True)
class Trial:
    """One image, and what was seen of it.

    Attributes:
        engine: the program: podman, docker.
        folder: with the settings file, readable for everybody.
        failures: how many things are not as they should be.
    """

    engine: str
    folder: Path
    failures: int = 0

    def say(self, *words: str, check: bool = True) -> str:
        """Have the engine do something, and return what it prints."""
        ended = subprocess.run([self.engine, *words], stdout=subprocess.PIPE, text=True, check=check)  # noqa: S603 -- the user's own
        return ended.stdout.strip()

    def see(self, what: str, *, well: bool, found: object = "") -> None:
        """Print one thing."""
        self.failures += not well
        print(f"{'ok    ' if well else 'WRONG '} {what}{f': {found}' if found != '' else ''}", flush=True)

    def build(self, options: Sequence[str]) -> None:
        """Build the image as the head says."""
        words = head_command("build")
        if self.engine.endswith("docker"):
            del words[words.index("--format") : words.index("--format") + 2]
        words[words.index("openwado")] = NAME
        words[words.index("--file") + 1] = str(CONTAINERFILE)
        subprocess.run([self.engine, *words[:-1], *options, str(ROOT)], check=True)  # noqa: S603 -- as above

    def run(self, options: Sequence[str]) -> None:
        """Start it with the options of the head, at a port of this machine that is free."""
        words = head_command("run")
        words[words.index("8080:8080")] = "127.0.0.1::8080"
        words[words.index("openwado:/var/lib/openwado")] = f"{NAME}:/var/lib/openwado"
        settings = "./openwado.toml:/etc/openwado/openwado.toml:ro"
        words[words.index(settings)] = settings.replace(".", str(self.folder), 1)
        self.say(*words[:-1], "--name", NAME, "--detach", *options, NAME)

    def address(self) -> str:
        """Return where the server is, once it answers."""
        deadline = time.monotonic() + START
        while time.monotonic() < deadline:
            where = self.say("port", NAME, "8080/tcp").splitlines()
            if where and ask(f"http://{where[0]}/health")[0] == 200:  # noqa: PLR2004 -- OK
                return f"http://{where[0]}"
            time.sleep(0.2)
        raise SystemExit(f"It does not answer.\n{self.say('logs', NAME)}")

    def stop(self, expected: int) -> None:
        """Stop it, and look how it ends."""
        started = time.monotonic()
        self.say("stop", "--time", str(STOP), NAME)
        seconds = time.monotonic() - started
        status = int(self.say("inspect", "--format", "{{.State.ExitCode}}", NAME))
        self.see(f"SIGTERM ends it with {expected}", well=status == expected, found=f"{status} after {seconds:.1f} s")

    def try_it(self) -> None:
        """See all there is to see of a container that has been started."""
        address = self.address()
        found = self.say("exec", NAME, "sh", "-c", LOOK).splitlines()
        self.see("not root", well=found[0] == "10001", found=found[0])
        for line in ("CapBnd=0000000000000000", "CapEff=0000000000000000", "NoNewPrivs=1", "Seccomp=2"):
            self.see(line, well=line in found)
        self.see("root is read-only", well="written" not in found)
        self.see("data are the server's own", well=found[-1].startswith("drwx------"), found=found[-1])
        self.see("health check", well=self.well())
        urls = store(address, self.folder)
        self.see("objects are stored", well=len(urls) > 20, found=len(urls))  # noqa: PLR2004 -- there are 26
        self.see("pictures", well=(drawn := pictures(urls)) > 0, found=f"{drawn} of {len(urls)} objects have one")
        zombies = self.say("exec", NAME, "python", "-c", KILL)
        self.see("no zombies where processes were killed", well=zombies == "[]", found=zombies)
        log = subprocess.run([self.engine, "logs", NAME], capture_output=True, text=True, check=True)  # noqa: S603 -- as above
        held = re.findall(r'render sandbox holds="([^"]*)"', log.stderr + log.stdout)
        self.see("render processes are confined", well="files" in str(held), found=held[-1] if held else "not at all")
        self.stop(0)
        self.say("start", NAME)
        self.address()
        again = [url.replace(address, self.address()) for url in urls]
        self.see("objects are there after a restart", well=pictures(again) == drawn)
        self.stop(0)
        self.say("start", NAME)
        self.stop(143)  # it has hardly begun

    def well(self) -> bool:
        """Return whether the image's own health check says so."""
        command = re.search(r"HEALTHCHECK .*CMD (\[.*\])", CONTAINERFILE.read_text(encoding="utf-8"))
        assert command is not None  # noqa: S101 -- it is in our own file
        return subprocess.run([self.engine, "exec", NAME, *json.loads(command[1])], check=False).returncode == 0  # noqa: S603 -- as above

    def clean(self) -> None:
        """Take away what was made."""
        for words in (("rm", "--force", NAME), ("volume", "rm", NAME), ("rmi", NAME)):
            subprocess.run([self.engine, *words], capture_output=True, check=False)  # noqa: S603 -- as above


def ask(url: str, body: bytes | None = None, **fields: str) -> tuple[int, str, bytes]:
    """Return status, content type and body of an answer; 0 where there is none."""
    request = urllib.request.Request(url, body, {name.replace("_", "-"): text for name, text in fields.items()})  # noqa: S310 -- the container's own
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 -- as above
            return answer.status, answer.headers["Content-Type"], answer.read()
    except urllib.error.HTTPError as error:
        return error.code, "", error.read()
    except OSError:
        return 0, "", b""


def store(address: str, folder: Path) -> list[str]:
    """Store the sample objects (PS3.18 10.5), and return the URL of each."""
    boundary = "part-of-samples"
    head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    parts = [head + path.read_bytes() + b"\r\n" for path in write_samples(folder / "samples")]
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    kind = f'multipart/related; type="application/dicom"; boundary={boundary}'
    status, _, answer = ask(f"{address}/studies", body, Content_Type=kind, Accept="application/dicom+json")
    if status != 200:  # noqa: PLR2004 -- OK
        return []
    return [item["00081190"]["Value"][0] for item in json.loads(answer)["00081199"]["Value"]]


def pictures(urls: Sequence[str]) -> int:
    """Return how many objects have a picture."""
    answers = [ask(f"{url.partition('&contentType=')[0]}&contentType=image/jpeg") for url in urls]
    return sum(kind == "image/jpeg" and body.startswith(b"\xff\xd8") for _, kind, body in answers)


def main() -> int:
    """Return 0 when all is well."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", default="podman")
    parser.add_argument("--build-option", action="append", default=[])
    parser.add_argument("--run-option", action="append", default=[])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="openwado-image-") as folder:
        trial = Trial(given.engine, Path(folder))
        trial.folder.chmod(0o755)
        (trial.folder / "openwado.toml").write_text(SETTINGS, encoding="ascii")
        try:
            trial.build(given.build_option)
            trial.run(given.run_option)
            trial.try_it()
        finally:
            trial.clean()
    print(f"{trial.failures} of these are wrong." if trial.failures else "All is as it should be.")
    return 1 if trial.failures else 0


if __name__ == "__main__":
    sys.exit(main())
