"""All faults of a configuration, told together by whoever reads it: the server, the doctor, and a running server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

import pytest

from command_line import run
from openwado.cli.checking import check
from openwado.config import SettingsError, read
from small_disk import on_small_disk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from serving import RunningServer

#: Lines of a file, and of what each is at fault: the setting, and words that say what is wrong. "": nothing is.
LINES: Final[tuple[tuple[str, ...], ...]] = (
    ('host = "0.0.0.0"', ""),
    ("workers = -1", "workers", ">= 0"),
    ("prt = 8080", "prt", "is port meant?"),
    ('wado_path = "/health/x"', "wado_path", "that is taken"),
    ('cors_origins = ["nowhere", "https://a.example", "here"]', "cors_origins", "'nowhere' is no", "'here' is no"),
    ('frame_ancestors = ["x", "y"]', "frame_ancestors", "'x' is no origin", "'y' is no origin"),
    ('trusted_proxies = ["abc", "10.0.0.300"]', "trusted_proxies", "'abc' is no", "'10.0.0.300' is no"),
    ('metrics_readers = ["abc"]', "metrics_readers", "'abc' is no address"),
    ('index = "mysql://u:secret@h/db"', "index", "another form"),
    ('store = "ftp://somewhere"', "store", "s3://bucket/prefix"),
    ('cache_shared = "nowhere"', "cache_shared", "s3://bucket/prefix"),
    ('tls_certificate = "/nowhere.pem"', "tls_certificate", "no such file"),
    ('tls_key = "/nowhere.key"', "tls_key", "no such file"),
    ('tls_client_ca = "/nowhere.ca"', "tls_client_ca", "no such file"),
    ('tls_client_crl = "/nowhere.crl"', "tls_client_crl", "no such file"),
    ("dicom_port = 11112", ""),
    ("request_id_proxies = [1, 2]", "request_id_proxies", "request_id_proxies[0]: expected", "request_id_proxies[1]"),
    ('ae_title = "A\\\\B"', "ae_title", "it has a backslash"),
    ('dicom_tls_key = "/nowhere"', "dicom_tls_key", "needs dicom_tls_certificate"),
    ('dicom_tls_crl = "/nowhere"', "dicom_tls_crl", "needs dicom_tls_certificate and dicom_tls_ca"),
    ("audit = true", ""),
    ('audit_folder = "/proc/nowhere"', "audit_folder", "nothing can be written"),
    ('audit_leave_out = ["this", "that"]', "audit_leave_out", "'this' is no event", "'that' is no event"),
    ('audit_syslog = "tls://localhost:6514"', ""),
    ('audit_syslog_ca = "/nowhere.ca"', "audit_syslog_ca", "no such file"),
    ('audit_syslog_certificate = "/nowhere.pem"', "audit_syslog_certificate", "no such file"),
    ('audit_domain = ["here", "there"]', "audit_domain", "'here' is no", "'there' is no"),
    ('access_proxy_user_header = "a b"', "access_proxy_user_header", "needs access_proxies"),
    ('access_proxy_roles_header = "a b"', "access_proxy_roles_header", "no header field"),
    ("insecure_no_auth = true", "insecure_no_auth", "cannot stand beside"),
    ("[[access_rules]]", "access_rules", "roles: a rule needs", "'strore'", "'vew' is no", "patient: it is neither"),
    ('rights = ["vew", "strore"]\npatient = 7', ""),
    ("[[access_rules]]", "access_rules", "rights: 'all' is no right", "modality: '{x}y'", "colour: it is no attribute"),
    ('roles = ["a"]\nrights = ["all"]\nmodality = "{x}y"\ncolour = "red"', ""),
    ("[[access_issuers]]", "access_issuers", "audience: it is missing", "'HS256' is not taken", "leeway: it is 0"),
    ('issuer = "https://a.example"\nalgorithms = ["HS256"]\nleeway = 999', ""),
    ("[[access_api_keys]]", "access_api_keys", "roles: it is missing", "digest: it is sha256:", "expires: it is a"),
    ('name = "a"\nexpires = "soon"', ""),
    ("[[access_passwords]]", "access_passwords", "name: it cannot have a colon", "digest: it is what"),
    ('name = "a:b"\nroles = ["r"]\ndigest = "x"', ""),
    ("[[access_certificates]]", "access_certificates", "give one of subject", "fingerprint: it is 64"),
    ('name = "a"\nroles = ["r"]\nsubject = "CN=a"\nfingerprint = "12"', ""),
    ("[[access_link_keys]]", "access_link_keys", "secret: it has"),
    ('id = "a"\nsecret = "short"', ""),
    ("[[access_link_keys]]", "access_link_keys", "id: 'a' stands there twice", "colour: there is no such setting"),
    ('id = "a"\nsecret = "0123456789abcdef0123456789abcdef"\ncolour = "red"', ""),
    ("[[dicom_peers]]", "dicom_peers", "ae_title: expected `str`", "'10.0.0.0/33' is neither"),
    ('ae_title = 7\naddress = "10.0.0.0/33"', ""),
    ("[[dicom_peers]]", "dicom_peers", "name this, address, or both"),
    ("[[burned_in_rules]]", "burned_in_rules", "rows: expected `int`", "colour: there is no such setting"),
    ('rows = "many"\ncolour = "red"', ""),
)  # fmt: skip


def written(config: Path) -> list[tuple[str, str]]:
    """Write the file; return the beginnings of lines that tell of its faults, and words that stand in them."""
    number, text = 1, ""
    told: list[tuple[str, str]] = []
    for lines, setting, *words in LINES:
        told += [(f"{setting} ({config}, line {number}): ", each) for each in words]
        text += f"{lines}\n"
        number += lines.count("\n") + 1
    config.write_text(text, encoding="utf-8")
    return told


def missing(told: list[tuple[str, str]], text: str) -> list[tuple[str, str]]:
    """Return what a text does not tell."""
    lines = text.splitlines()
    return [(start, words) for start, words in told if not any(start in line and words in line for line in lines)]


def test_the_server_tells_all_of_them(tmp_path: Path) -> None:
    """Types, what must fit together, files, tables field by field, places: one message, and nothing is started."""
    config = tmp_path / "a.toml"
    told = written(config)
    told += [
        ("stall_timeout (the environment): ", "expected `float` > 0.0"),
        ("log_level (the environment): ", "expected"),
    ]
    environment = {"OPENWADO_STALL_TIMEOUT": "-1", "OPENWADO_LOG_LEVEL": "loud"}
    ended = run("serve", "--config", config, "--data", tmp_path / "data", **environment)
    assert ended.returncode == 2
    assert missing(told, ended.stderr) == []
    assert ended.stdout == ""
    assert "secret@" not in ended.stderr, "the address of an index has a password"
    heading, *lines = ended.stderr.splitlines()
    assert f"{len(lines)} faults" in heading
    assert len(set(lines)) == len(lines), "each is said once"
    wrong = {line[1] for line in LINES} - {""} | {"stall_timeout", "log_level"}
    assert {line.split()[0] for line in lines} == wrong, "and what is right is not called wrong"


def test_the_doctor_tells_all_of_them(tmp_path: Path) -> None:
    """A finding for each."""
    config = tmp_path / "a.toml"
    told = written(config)
    ended = run("doctor", "--config", config, "--data", tmp_path / "data")
    assert ended.returncode == 1
    assert missing([(f"fault    settings         {start}", words) for start, words in told], ended.stdout) == []


def test_a_running_server_tells_all_of_them(start_server: Callable[..., RunningServer], tmp_path: Path) -> None:
    """On SIGHUP too, those of settings that need a restart among them: with these it would not start again."""
    config = tmp_path / "a.toml"
    config.write_text("workers = 1\n", encoding="utf-8")
    server = start_server("--config", config)
    told = written(config)
    os.kill(server.process.pid, signal.SIGHUP)
    deadline = time.monotonic() + 60
    while "reload refused" not in (text := server.log.read_text(encoding="utf-8")):
        assert time.monotonic() < deadline, text
        time.sleep(0.05)
    assert missing(told, text) == []
    assert server.client.get(server.example).status_code == 200


@pytest.mark.parametrize("command", ["serve", "doctor"])
def test_a_folder_that_cannot_be_made_is_told_once(command: str, tmp_path: Path) -> None:
    """What cannot be kept there is not told as well, and no other folder is used in its place."""
    home = tmp_path / "home"
    home.mkdir()
    ended = run(command, "--data", "/proc/nowhere", HOME=str(home), XDG_DATA_HOME=str(home))
    assert ended.returncode == (2 if command == "serve" else 1)
    assert (ended.stdout + ended.stderr).count("/proc/nowhere") == 1
    assert list(home.iterdir()) == []


def test_what_is_about_a_wrong_setting_is_not_told(tmp_path: Path) -> None:
    """A value that cannot be is not taken for one that is missing."""
    config = tmp_path / "a.toml"
    config.write_text(
        'tls_certificate = 7\ntls_key = "/nowhere"\naccess_api_keys = "x"\n[[access_rules]]\nroles = ["a"]\n'
        'rights = ["view"]\n',
        encoding="utf-8",
    )
    ended = run("serve", "--config", config, "--data", tmp_path / "data", "--host", "0.0.0.0")  # noqa: S104 -- refused
    assert ended.returncode == 2
    assert {line.split()[0] for line in ended.stderr.splitlines()[1:]} == {
        "tls_certificate",
        "tls_key",  # it is not there
        "access_api_keys",
    }


#: Files whose faults are all told at once, each with words of it; other settings are not called wrong.
TOGETHER: Final = (
    ('store = "s3://[bucket]/p"\ncache_shared = "s3://[b/x"\nworkers = -1', {"store": "brackets", "workers": ">= 0"}),
    (
        'data = "/proc/x"\nstore = "ftp://x"\n[audit]',
        {"data": "no such file", "store": "s3://bucket", "audit": "expected"},
    ),
    (
        'tls_certificate = "a\\u0000b"\ntls_client_ca = "/nowhere"',
        {"tls_certificate": "null", "tls_client_ca": "no such"},
    ),
    ("tls_certificate = 5\ntls_client_ca = '/nowhere'", {"tls_certificate": "expected", "tls_client_ca": "no such"}),
    (
        "audit = true\naudit_syslog = 'tls://u:hush@h'\naudit_syslog_key = '/nowhere.k'\naudit_syslog_ca = '/nowhere'",
        {"audit_syslog": "no receiver", "audit_syslog_key": "cannot be read", "audit_syslog_ca": "cannot be read"},
    ),
    (
        'access_proxy_user_header = "a b"',
        {"access_proxy_user_header": "no header field", "access_rules": "it is empty"},
    ),
    ('index = "sqlite:////proc/x/i.sqlite"\nstore = "ftp://x"', {"index": "nothing can be", "store": "s3://bucket"}),
    ("cache_disk = 70\n# \u2028\nprt = 1\nport = 'abc'", {"prt": "is port meant?", "port": "expected"}),
    (
        "tls_certficate = 'a'\nhost = '::'\n[[access_api_key]]\n[[access_rules]]\nroles='a'\nrights = 'view'\npage=1",
        {"tls_certficate": "is tls_certificate", "access_api_key": "is access_api_key", "access_rules": "above the"},
    ),
    ('cors_origins = ["https://u:hush@a b"]', {"cors_origins": "https://…@a b"}),
)


@pytest.mark.parametrize(("text", "wanted"), TOGETHER)
def test_no_fault_hides_another(text: str, wanted: dict[str, str], tmp_path: Path) -> None:
    """Not one that only a library finds, nor one of a folder, a file, a type or a name; each has its line."""
    config = tmp_path / "a.toml"
    config.write_text(text + "\n", encoding="utf-8")
    given = () if "data =" in text else ("--data", tmp_path / "data")
    home = tmp_path / "home"
    ended = run("serve", "--config", config, *given, HOME=str(home), XDG_DATA_HOME=str(home))
    assert ended.returncode == 2, ended.stderr
    lines = [line.removeprefix("openwado: Settings: ").strip() for line in ended.stderr.splitlines()]
    told = [line for line in lines if not line.endswith("lists them all.") or len(lines) == 1]
    told = [line for line in told if " faults." not in line]
    for setting, words in wanted.items():
        assert any(line.startswith(setting) and words in line for line in told), (setting, ended.stderr)
    assert {line.split()[0].rstrip(":") for line in told} - {"cache_shared"} == set(wanted), ended.stderr
    assert all(f"({config}, line " in line for line in told if "it is empty" not in line)
    assert "hush" not in ended.stderr
    assert not home.exists(), "nothing is made"
    assert not (tmp_path / "data").exists(), "nothing is made"
    doctor = run("doctor", "--config", config, *given, HOME=str(home), XDG_DATA_HOME=str(home))
    assert doctor.returncode == 1
    for setting, words in wanted.items():
        start = f"fault    settings         {setting}"
        assert any(line.startswith(start) and words in line for line in doctor.stdout.splitlines()), doctor.stdout


def test_entries_beside_one_of_another_type_are_looked_at(tmp_path: Path) -> None:
    """Each with its own number; what holds of the whole list only is left for later."""
    config = tmp_path / "a.toml"
    config.write_text(
        'trusted_proxies = [1, "abc", "10.0.0.1", "x"]\n'
        'access_rules = [5, {roles = "a", rights = "vew"}, "x", {roles = "a", rights = "view"}, {rights = "view"}]\n',
        encoding="utf-8",
    )
    with pytest.raises(SettingsError) as raised:
        check(read(config=config, data=str(tmp_path / "data")))
    told = {(fault.setting, fault.item) for fault in raised.value.faults}
    assert told == {("trusted_proxies", 0), ("trusted_proxies", 1), ("trusted_proxies", 3)} | {
        ("access_rules", item) for item in (0, 1, 2, 4)
    }
    for words in ("'abc' is no", "'x' is no", "access_rules[1].rights: 'vew'", "access_rules[4].roles: a rule needs"):
        assert words in str(raised.value)


def test_what_is_off_is_not_looked_at(tmp_path: Path) -> None:
    """Audit is turned off because its certificate is gone, at times: what is off has no faults."""
    config = tmp_path / "a.toml"
    config.write_text(
        'audit_syslog = "https://x"\n'
        'audit_syslog_ca = "/nowhere"\naudit_syslog_key = "/nowhere"\naudit_domain = ["x"]\n'
        'audit_folder = "/proc/x"\naudit_leave_out = ["x"]\nae_title = ""\ndicom_tls_key = "/nowhere"\n'
        "[[dicom_peers]]\n",
        encoding="utf-8",
    )
    doctor = run("doctor", "--config", config, "--data", tmp_path / "data")
    assert f"ok       settings         {config} can be." in doctor.stdout


def test_a_data_folder_that_need_not_be_written(tmp_path: Path) -> None:
    """Where nothing is kept in it, it may be read-only; where something is, that is told."""
    config, data = tmp_path / "a.toml", tmp_path / "data"
    data.mkdir()
    look = "import sys; from pathlib import Path; from openwado.cli.checking import check;"
    look += "from openwado.config import read; check(read(config=Path(sys.argv[1]), data=sys.argv[2]))"
    read_only: list[str | Path] = [
        "/bin/sh",
        "-c",
        'mount -o remount,ro "$0" && exec "$@"',
        data,
        sys.executable,
        "-c",
        look,
        config,
        data,
    ]
    text = f'index = "sqlite://{tmp_path}/i.sqlite"\nlog_uids = true\ndeidentification_key = "{"k" * 32}"\n'
    said = []
    for more in ("cache = false", "cache = true", "cache = false\nstow = true"):
        config.write_text(f"{text}{more}\n", encoding="utf-8")
        within = on_small_disk(data, 1 << 20, read_only)
        said.append(subprocess.run(within, capture_output=True, text=True, check=False).stderr)
    assert said[0] == ""
    assert all("nothing can be written in" in text and "read-only file system" in text for text in said[1:])


def test_a_look_that_fails_is_a_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever a library raises, it is said of the setting, and everything else is told too."""

    def broken(_: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr("openwado.assemble.burned_in_rules", broken)
    with pytest.raises(SettingsError) as raised:
        check(read(data=str(tmp_path), store="ftp://x"))
    assert "burned_in_rules: it cannot be looked at: ZeroDivisionError" in str(raised.value)
    assert "store (the command line): write" in str(raised.value)
