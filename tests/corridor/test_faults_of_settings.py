"""All faults of a configuration, told together by whoever reads it: the server, the doctor, and a running server."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Final

import pytest

from command_line import run

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
    ('audit_syslog_ca = "/nowhere.ca"', "audit_syslog_ca", "No such file"),
    ('audit_syslog_certificate = "/nowhere.pem"', "audit_syslog_certificate", "No such file"),
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
    assert {line.split()[0] for line in ended.stderr.splitlines()[1:]} == {"tls_certificate", "access_api_keys"}
