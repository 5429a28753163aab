"""The command line as a person types it: real processes."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image

import openwado
from command_line import run
from made_objects import overlay_elements, write_object
from openwado.config import settings_page
from openwado.dicom.codec_page import FORMS, library_versions
from openwado.dicom.codecs import CODECS
from openwado.dicom.undecoded import UNDECODED


@pytest.fixture(scope="module")
def ct(samples: Path) -> Path:
    """Return a CT image."""
    return min(samples.rglob("1-ct-*.dcm"))


def test_version_is_the_package_s() -> None:
    """--version prints the name and the version."""
    assert run("--version").stdout == f"openwado {openwado.__version__}\n"


@pytest.mark.parametrize(
    "command", [(), ("serve",), ("index",), ("render",), ("sheet",), ("codecs",), ("settings",), ("doctor",)]
)
def test_help_says_what_the_command_does(command: tuple[str, ...]) -> None:
    """--help of every command exits 0 and shows its usage within 100 columns."""
    answer = run(*command, "--help")
    assert answer.returncode == 0
    assert "Usage:" in answer.stdout
    assert max(map(len, answer.stdout.splitlines())) <= 100


def test_help_loads_nothing_heavy() -> None:
    """--help answers at once: no numpy, pydicom, OpenCV or server is imported for it."""
    code = (
        "import sys\n"
        "from openwado.cli.main import openwado\n"
        "for command in openwado.commands:\n"
        "    openwado([command, '--help'], standalone_mode=False)\n"
        "heavy = ('numpy', 'pydicom', 'cv2', 'PIL', 'uvicorn', 'starlette', 'rich')\n"
        "sys.exit(any(name in sys.modules for name in heavy))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=60).returncode == 0


def test_settings_prints_the_table() -> None:
    """`openwado settings` prints the page of settings."""
    assert run("settings").stdout == settings_page()


def test_codecs_prints_the_table_with_the_versions_installed_here() -> None:
    """`openwado codecs` prints each transfer syntax with its decoders in order, in columns; a file gets no colours."""
    answer = run("codecs")
    assert answer.returncode == 0, answer.stderr
    assert "\x1b" not in answer.stdout
    lines = answer.stdout.splitlines()
    heading = next(line for line in lines if "Decoders, in order" in line)
    name, form, decoders = (heading.index(word) for word in ("Name", "Form", "Decoders, in order"))
    versions = library_versions()
    for uid, codec in CODECS.items():
        number = next(number for number, line in enumerate(lines) if line[:name].strip() == uid)
        assert lines[number][name:form].strip() == codec.name
        assert lines[number][form:decoders].strip() == codec.form
        for decoder, line in zip(codec.decoders, lines[number:], strict=False):
            assert line[decoders:].startswith(f"{decoder.library} {versions[decoder.library]} (")
    assert all(any(uid in line and one.reason in line for line in lines) for uid, one in UNDECODED.items())
    assert all(f"{form}: {text}" in lines for form, text in FORMS.items())


def test_render_draws_a_picture_in_the_format_of_its_name(ct: Path, tmp_path: Path) -> None:
    """A window, a region and a box are honoured, and the suffix decides the format."""
    for suffix, form in ((".png", "PNG"), (".jpg", "JPEG"), (".gif", "GIF"), (".jp2", "JPEG2000")):
        output = tmp_path / f"picture{suffix}"
        answer = run("render", ct, "-o", output, "--window", "40,400", "--region", "0,0,1,0.5", "--columns", "100")
        assert answer.returncode == 0, answer.stderr
        with Image.open(output) as picture:
            assert (picture.format, picture.size) == (form, (100, 50))


def test_render_draws_by_the_servers_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment or a settings file chooses about pictures holds here too."""
    file = write_object(tmp_path / "a.dcm", "1.2.3", elements=overlay_elements(np.eye(4, dtype=np.uint8)))
    (tmp_path / "settings.toml").write_text("draw_overlays = false")
    chosen = tmp_path / "chosen.png", tmp_path / "file.png", tmp_path / "environment.png"
    assert run("render", file, "-o", chosen[0]).returncode == 0
    assert run("render", file, "-o", chosen[1], "--config", tmp_path / "settings.toml").returncode == 0
    monkeypatch.setenv("OPENWADO_DRAW_OVERLAYS", "no")
    assert run("render", file, "-o", chosen[2]).returncode == 0
    assert [np.asarray(Image.open(path)).max() for path in chosen] == [255, 0, 0]
    monkeypatch.setenv("OPENWADO_DRAW_OVERLAYS", "perhaps")
    refused = run("render", file, "-o", chosen[2])
    assert refused.returncode == 2
    assert "draw_overlays" in refused.stderr


def test_render_draws_sixteen_bits(ct: Path, tmp_path: Path) -> None:
    """RR-27: --bit-depth 16 gives a PNG that tells more than 256 greys apart."""
    output = tmp_path / "picture.png"
    assert run("render", ct, "-o", output, "--window", "0,3000", "--bit-depth", "16").returncode == 0
    with Image.open(output) as picture:
        assert picture.mode.startswith("I")
        assert len(np.unique(np.asarray(picture))) > 256


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--window", "40"), "C,W"),
        (("--window", "40,0.2"), "windowWidth"),
        (("--region", "0.5,0,0.2,1"), "region"),
        (("--frame", "0"), "frameNumber"),
        (("--quality", "101"), "imageQuality"),
        (("--rows", "-1"), "rows"),
        (("--bit-depth", "12"), "bitDepth"),
    ],
)
def test_render_says_what_is_wrong(ct: Path, tmp_path: Path, options: tuple[str, str], named: str) -> None:
    """A wrong option ends with a sentence that names it, and nothing is written."""
    output = tmp_path / "picture.png"
    answer = run("render", ct, "-o", output, *options)
    assert answer.returncode != 0
    assert named in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not output.exists()


def test_render_never_touches_the_object_and_leaves_no_half_file(ct: Path, tmp_path: Path) -> None:
    """Writing over the object itself, or where nothing can be written, is refused in one line; all stays as it was."""
    own = tmp_path / "own.dcm"
    own.write_bytes(ct.read_bytes())
    link = tmp_path / "link.dcm"
    link.symlink_to(own)
    for output in (own, link, tmp_path / "nowhere" / "a.png"):
        answer = run("render", own, "-o", output)
        assert answer.returncode != 0
        assert "Traceback" not in answer.stderr
    assert own.read_bytes() == ct.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.dcm", "own.dcm"]


def test_render_writes_the_object_in_explicit_vr_little_endian(samples: Path, tmp_path: Path) -> None:
    """A name that ends with .dcm gives the object, decoded frame by frame."""
    output = tmp_path / "out.dcm"
    answer = run("render", next(samples.rglob("1-us-01.dcm")), "-o", output)
    assert answer.returncode == 0, answer.stderr
    read = pydicom.dcmread(output)
    assert read.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert read.pixel_array.shape[0] == read.NumberOfFrames


def test_an_index_that_cannot_be_used_is_said_in_one_line(tmp_path: Path) -> None:
    """A damaged index ends with a sentence that says which file it is."""
    (tmp_path / "index.sqlite").write_bytes(b"no database at all, but long enough to be taken for one" * 20)
    answer = run("serve", "--data", tmp_path)
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    assert "index.sqlite" in answer.stderr


def test_render_refuses_what_is_no_object(tmp_path: Path) -> None:
    """A file that is no DICOM object ends with the reason."""
    (tmp_path / "a.txt").write_text("hello")
    answer = run("render", tmp_path / "a.txt", "-o", tmp_path / "a.png")
    assert answer.returncode != 0
    assert "not DICOM" in answer.stderr


@pytest.mark.parametrize(
    ("toml", "named"),
    [("port = 'many'", "port"), ("colour = 'red'", "colour"), ("port = ", "TOML")],
)
def test_a_wrong_settings_file_is_said_in_one_line(tmp_path: Path, toml: str, named: str) -> None:
    """An unknown setting, a wrong value and broken TOML end with status 2 and a line that names it."""
    config = tmp_path / "openwado.toml"
    config.write_text(toml, encoding="utf-8")
    answer = run("serve", "--config", config)
    assert answer.returncode == 2
    assert named in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_port_that_is_taken_is_said_in_one_line(samples: Path, tmp_path: Path) -> None:
    """Serving on a port that another program listens on ends with a sentence."""
    import socket  # noqa: PLC0415 -- this test only

    with socket.create_server(("127.0.0.1", 0)) as taken:
        answer = run("serve", samples, "--data", tmp_path, "--port", str(taken.getsockname()[1]))
    assert answer.returncode != 0
    assert "Traceback" not in answer.stderr


def test_what_is_no_plain_file_is_written_to(tmp_path: Path) -> None:
    """-o to a device, a pipe or a link leaves it what it is."""
    pipe, target, link = tmp_path / "pipe", tmp_path / "target", tmp_path / "link"
    os.mkfifo(pipe)
    target.write_text("before", encoding="ascii")
    link.symlink_to(target)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run("statement", "-o", link, OPENWADO_DATA=str(tmp_path)).returncode == 0
        assert link.is_symlink()
        assert target.read_text(encoding="utf-8").startswith("#")
        ended = run("statement", "-o", "/dev/null", OPENWADO_DATA=str(tmp_path))
        assert ended.returncode == 0
        assert Path("/dev/null").is_char_device()
    finally:
        os.close(reading)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_key_that_was_lost_is_no_key(tmp_path: Path) -> None:
    """An empty or cut file would make the same pseudonyms everywhere: it is refused, by its name."""
    for held in ("", "abc"):
        (tmp_path / "deidentification.key").write_text(held, encoding="ascii")
        ended = run("doctor", "--data", tmp_path)
        assert ended.returncode == 1
        assert "deidentification.key" in ended.stdout
        assert "damaged" in ended.stdout


@pytest.mark.parametrize("held", [bytes(range(128, 192)), bytes(64)], ids=["noise", "zeros"])
def test_a_key_of_other_bytes_is_no_key(tmp_path: Path, held: bytes) -> None:
    """It is refused by its name; the one of the log may be removed, the other one has to be restored."""
    for name in ("deidentification.key", "log.key"):
        (tmp_path / name).write_bytes(held)
        (tmp_path / name).chmod(0o600)
    ended = run("doctor", "--data", tmp_path)
    assert ended.returncode == 1
    assert ended.stderr == ""
    told = {
        name: line
        for name in ("deidentification.key", "log.key")
        for line in ended.stdout.splitlines()
        if f"{name} is damaged: it is no text" in line
    }
    assert "remove it: a new one is made" in told["log.key"]
    assert told["deidentification.key"].endswith("restore it from a backup.")


def test_settings_of_an_editor_that_marks_its_files(tmp_path: Path) -> None:
    """A byte order mark in front is no fault."""
    config = tmp_path / "a.toml"
    config.write_bytes(b"\xef\xbb\xbfport = 70000\n")
    ended = run("serve", "--config", config, "--data", tmp_path)
    assert "line 1" in ended.stderr
    assert "65535" in ended.stderr


def test_a_day_that_is_none_makes_no_key() -> None:
    """What the server would refuse is not printed."""
    ended = run("key", "api", "viewer", "--role", "r", "--expires", "someday")
    assert ended.returncode == 2
    assert "2027-01-31" in ended.stderr
    assert "digest" not in ended.stdout


def test_the_journal_is_not_told_of_patients(tmp_path: Path) -> None:
    """What is printed into systemd's journal has neither paths nor UIDs in it."""
    folder = tmp_path / "objects" / "MUELLER^HANS"
    folder.mkdir(parents=True)
    (folder / "scan.dcm").write_bytes(b"no object")
    told = tmp_path / "told"
    with told.open("wb") as out:
        status = os.fstat(out.fileno())
        for stream in ("", f"{status.st_dev}:{status.st_ino}"):
            out.seek(0)
            out.truncate()
            command = [
                sys.executable,
                "-m",
                "openwado",
                "index",
                "--data",
                str(tmp_path / f"d{len(stream)}"),
                str(folder),
            ]
            subprocess.run(command, stdout=out, env=os.environ | {"JOURNAL_STREAM": stream}, check=True, timeout=120)
            text = told.read_text(encoding="utf-8")
            assert "left out" in text
            assert ("MUELLER" in text) is not bool(stream)


@pytest.mark.parametrize("syntax", ["foo", "1.2.840.10008.1.2.4.9999", "1.2.840.10008.5.1.4.1.1.2"])
def test_anonymize_refuses_what_is_no_transfer_syntax(ct: Path, tmp_path: Path, syntax: str) -> None:
    """A slip of the finger is said before anything is written; the stored one, and one that is known, are taken."""
    for wanted in (syntax, "1.2.840.10008.1.2.4.90", "*"):
        target = tmp_path / wanted.replace("*", "stored")
        ended = run("anonymize", ct, target, "--transfer-syntax", wanted, "--data", tmp_path / "data")
        assert ended.returncode == (2 if wanted == syntax else 0), ended.stderr
        assert (f"{wanted} is no transfer syntax" in ended.stderr) is (wanted == syntax)
        assert target.exists() is (wanted != syntax)
