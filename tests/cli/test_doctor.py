"""`openwado doctor`, as a person types it."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
from contextlib import closing, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from authorities import authority
from command_line import run
from kept_archive import KeptArchive
from made_objects import write_object
from openwado.config import convert
from openwado.doctor.storage import of_another_user
from served_command import served
from small_disk import on_small_disk

if TYPE_CHECKING:
    from pathlib import Path


def findings(*arguments: str | Path) -> tuple[int, dict[str, dict[str, str]]]:
    """Return exit status and findings by what they are about."""
    ended = run("doctor", "--json", *arguments)
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    return ended.returncode, {finding["what"]: finding for finding in found}


def test_a_sound_installation_is_told_so(tmp_path: Path) -> None:
    """Exit status 0; Python, libraries, codecs, fonts, settings, disk, index, store, clock and ports are named."""
    config = tmp_path / "a.toml"
    config.write_text(f"port = {_free_port()}\n", encoding="utf-8")
    status, found = findings("--data", tmp_path / "data", "--config", config)
    assert status == 0
    wanted = {"python", "libraries", "settings", "codecs", "fonts", "data folder", "disk", "index", "store", "clock"}
    assert wanted | {"port", "open files", "memory", "extra tracing"} <= set(found)
    for what in ("python", "libraries", "settings", "codecs", "fonts", "data folder", "index", "store", "port"):
        assert found[what]["state"] == "ok", found[what]


def test_what_is_wrong_is_said_with_how_to_mend_it(tmp_path: Path) -> None:
    """Exit status 1; a taken port, a damaged index and a readable key are named, each with what to do."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "index.sqlite").write_bytes(b"this is no database" * 100)
    key = data / "log.key"
    key.write_text("secret", encoding="ascii")
    key.chmod(0o644)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config = tmp_path / "a.toml"
        config.write_text(f"port = {taken.getsockname()[1]}\n", encoding="utf-8")
        status, found = findings("--data", data, "--config", config)
    assert status == 1
    assert found["port"]["state"] == "fault"
    assert "another program" in found["port"]["text"]
    assert found["index"]["state"] == "fault"
    assert "openwado index" in found["index"]["mend"]
    assert (found["keys"]["state"], found["keys"]["mend"]) == ("warning", f"chmod 600 {key}")


def test_wrong_settings_do_not_keep_the_rest_from_being_looked_at(tmp_path: Path) -> None:
    """Each of their faults is a finding, with its line; all else is looked at as well."""
    config = tmp_path / "a.toml"
    config.write_text("workers = -1\nprt = 1\n", encoding="utf-8")
    ended = run("doctor", "--data", tmp_path, "--config", config)
    assert ended.returncode == 1
    for line in (f"workers ({config}, line 1)", f"prt ({config}, line 2)"):
        assert f"fault    settings         {line}" in ended.stdout
    for what in ("codecs", "fonts", "data folder", "index", "store"):
        assert f"ok       {what}" in ended.stdout


def test_people_read_a_line_for_each(tmp_path: Path) -> None:
    """Without --json: state, subject and sentence in a line, and what to do below it."""
    (tmp_path / "log.key").write_text("x", encoding="ascii")
    (tmp_path / "log.key").chmod(0o640)
    text = run("doctor", "--data", tmp_path).stdout
    assert "ok       fonts            All" in text
    assert "> chmod 600" in text


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def test_what_does_not_fit_together_is_told_all_at_once(tmp_path: Path) -> None:
    """Settings that can each be, and cannot be put to use, are found with their lines, by the doctor and the server."""
    config = tmp_path / "a.toml"
    config.write_text('host = "0.0.0.0"\ntls_key = "/nowhere"\ncache_shared = "nowhere"\n', encoding="utf-8")
    ended = run("serve", "--data", tmp_path, "--config", config)
    assert ended.returncode == 2
    for number, name in enumerate(("host", "tls_key", "cache_shared"), start=1):
        assert f"{name} ({config}, line {number})" in ended.stderr
    doctor = run("doctor", "--data", tmp_path, "--config", config)
    assert doctor.returncode == 1
    assert doctor.stdout.count("fault    settings") == 4
    assert doctor.stdout.count(f"fault    settings         tls_key ({config}, line 2): ") == 2  # alone, and not there


def test_a_store_elsewhere_is_written_to_and_has_room(tmp_path: Path) -> None:
    """Objects go there: a disk that is read-only or full is found before the first one comes."""
    store, config = tmp_path / "store", tmp_path / "a.toml"
    store.mkdir()
    config.write_text(f'store = "{store}"\n', encoding="utf-8")
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "openwado",
        "doctor",
        "--data",
        tmp_path / "data",
        "--config",
        config,
    ]
    found = run(*command[3:])
    assert f"ok       store folder     {store} can be written." in found.stdout
    assert "store disk       " in found.stdout
    small = subprocess.run(on_small_disk(store, 1 << 20, command), capture_output=True, text=True, check=False)
    assert small.returncode == 1
    assert "fault    store disk       1 MiB are free where the store is." in small.stdout
    read_only: list[str | Path] = ["/bin/sh", "-c", 'mount -o remount,ro "$0" && exec "$@"', store, *command]
    refused = subprocess.run(on_small_disk(store, 1 << 20, read_only), capture_output=True, text=True, check=False)
    assert f"fault    store folder     {store} cannot be written: Read-only file system." in refused.stdout
    own = run("doctor", "--data", tmp_path / "data").stdout
    assert "store folder" not in own, "the data folder was told"


def test_certificates_are_looked_at_before_they_end(tmp_path: Path) -> None:
    """What holds, ends soon, has ended or is readable for all is told by its setting; lists with whom they lack."""
    trusted = authority(tmp_path / "authority")
    lines = {
        "tls_certificate": trusted.issue("long"),
        "tls_client_ca": trusted.certificate,
        "tls_client_crl": trusted.revoke(),
        "dicom_tls_certificate": trusted.issue("short", lives=timedelta(days=3)),
        "dicom_tls_ca": trusted.certificate,
        "dicom_tls_crl": trusted.revoke(name="old", lives=timedelta(minutes=-1)),
        "audit_syslog_certificate": trusted.issue("ended", lives=timedelta(hours=-1)),
    }
    for name in ("long", "short", "ended"):
        (trusted.folder / f"{name}.pem").chmod(0o640)
    lines["dicom_tls_certificate"].chmod(0o644)
    with lines["tls_client_ca"].open("ab") as file:
        file.write(authority(tmp_path / "other").certificate.read_bytes())
    config = tmp_path / "a.toml"
    syslog = f'audit = true\naudit_syslog = "tls://127.0.0.1:{_free_port()}"\n'
    files = "".join(f'{name} = "{path}"\n' for name, path in lines.items())
    config.write_text(f"port = {_free_port()}\ndicom_port = {_free_port()}\n{syslog}{files}", encoding="utf-8")
    ended = run("doctor", "--json", "--data", tmp_path / "data", "--config", config)
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    found = [(one["what"], one["state"], one["text"]) for one in told if one["what"] in lines]
    states = [(what, state) for what, state, _ in found]
    assert states == [
        ("tls_certificate", "ok"),
        ("tls_client_crl", "ok"),
        ("tls_client_crl", "fault"),
        ("dicom_tls_certificate", "warning"),
        ("dicom_tls_crl", "fault"),
        ("dicom_tls_crl", "fault"),
        ("audit_syslog_certificate", "fault"),
    ], told
    texts = [text for _, _, text in found]
    assert "has no list of" in texts[2]
    assert all("expired at" in texts[place] for place in (4, 6))
    key = next(one for one in told if one["what"] == "dicom_tls_key")
    assert (key["state"], key["mend"]) == ("warning", f"chmod o= {lines['dicom_tls_certificate']}")
    assert not [one for one in told if one["what"] in ("tls_key", "audit_syslog_key")]
    assert ended.returncode == 1


def lists_told(folder: Path, lists: Path, authorities: Path) -> list[tuple[str, str, str]]:
    """Return what is found of a server's revocation lists and authorities: subject, state and sentence."""
    config = folder / "a.toml"
    own = authority(folder / "own").issue()
    files = f'tls_certificate = "{own}"\ntls_client_ca = "{authorities}"\ntls_client_crl = "{lists}"\n'
    config.write_text(f"port = {_free_port()}\n{files}", encoding="utf-8")
    ended = run("doctor", "--json", "--data", folder / "data", "--config", config)
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    wanted = ("tls_client_crl", "tls_client_ca")
    return [(one["what"], one["state"], one["text"]) for one in told if one["what"] in wanted]


def test_an_old_list_beside_the_new_one_is_no_fault(tmp_path: Path) -> None:
    """OpenSSL takes the one that holds; of several authorities the one counts whose lists end first."""
    first, second = (authority(tmp_path / name) for name in ("first", "second"))
    both = tmp_path / "both.crl"
    lists = [
        first.revoke(name="old", lives=timedelta(minutes=-5)),
        first.revoke(name="new", lives=timedelta(hours=2)),
        first.revoke(name="later", begins=timedelta(hours=1), lives=timedelta(days=2)),
        second.revoke(name="other", lives=timedelta(hours=5)),
    ]
    both.write_bytes(b"".join(path.read_bytes() for path in lists))
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(first.certificate.read_bytes() + second.certificate.read_bytes())
    end = x509.load_pem_x509_crl(lists[1].read_bytes()).next_update_utc
    assert lists_told(tmp_path, both, trusted) == [
        ("tls_client_crl", "ok", f"both.crl: until {end:%Y-%m-%d %H:%M} UTC.")
    ]


def test_a_list_that_has_not_begun_is_told(tmp_path: Path) -> None:
    """Until it does, everybody is refused."""
    trusted = authority(tmp_path / "authority")
    early = trusted.revoke(name="early", begins=timedelta(hours=1), lives=timedelta(days=2))
    [(_, state, text)] = lists_told(tmp_path, early, trusted.certificate)
    assert state == "fault"
    assert text.startswith("early.crl holds from ")


def test_the_file_that_is_missing_is_named(tmp_path: Path) -> None:
    """Lists are held against the authorities: where these cannot be read, it is not the lists that are told."""
    lists = authority(tmp_path / "authority").revoke()
    nowhere = tmp_path / "nowhere.pem"
    assert lists_told(tmp_path, lists, nowhere)[1:] == [
        ("tls_client_ca", "fault", f"{nowhere} cannot be read: No such file or directory.")
    ]


def test_a_key_that_cannot_be_looked_at_is_told(tmp_path: Path) -> None:
    """It is a finding as the others, and all else is looked at as well."""
    key = tmp_path / ("k" * 300)  # root may look into every folder, and no one at this
    config = tmp_path / "a.toml"
    own = authority(tmp_path / "authority").issue()
    config.write_text(f'port = {_free_port()}\ntls_certificate = "{own}"\ntls_key = "{key}"\n', encoding="utf-8")
    ended = run("doctor", "--json", "--data", tmp_path / "data", "--config", config)
    assert ended.stderr == ""
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [one["text"] for one in found if one["what"] == "tls_key"] == [f"{key} cannot be read: File name too long."]
    assert "memory" in {one["what"] for one in found}


def test_a_server_that_wants_a_certificate_is_known(tmp_path: Path) -> None:
    """It answers nobody who shows none, and is known by its own; another program with another one is not."""
    trusted = authority(tmp_path / "authority")
    own, other = trusted.issue("server"), trusted.issue("other")
    port = _free_port()
    (config := tmp_path / "a.toml").write_text(
        f'port = {port}\nworkers = 1\ntls_certificate = "{own}"\ntls_client_ca = "{trusted.certificate}"\n'
        'tls_client_certificates = "required"\n',
        encoding="utf-8",
    )
    with served(["serve", "--data", tmp_path / "data", "--config", config], tmp_path):
        _, found = findings("--data", tmp_path / "data", "--config", config)
        assert found["port"]["state"] == "ok", found["port"]
        config.write_text(config.read_text(encoding="utf-8").replace(str(own), str(other)), encoding="utf-8")
        _, found = findings("--data", tmp_path / "data", "--config", config)
        assert found["port"]["state"] == "fault", found["port"]


def test_a_server_over_tls_is_known(tmp_path: Path) -> None:
    """That its own server answers at the port is well, also over TLS; what is no HTTP is another program."""
    trusted = authority(tmp_path / "authority")
    own = trusted.issue("server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    for words, secured, state in (
        (b'HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n{"render_processes": 1}', True, "ok"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", True, "fault"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", False, "fault"),
    ):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            answering = threading.Thread(target=_answer_once, args=(listener, context if secured else None, words))
            answering.start()
            config = tmp_path / "a.toml"
            tls = f'tls_certificate = "{own}"\n' if secured else ""
            config.write_text(f"port = {listener.getsockname()[1]}\n{tls}", encoding="utf-8")
            _, found = findings("--data", tmp_path / "data", "--config", config)
            answering.join()
        assert found["port"]["state"] == state, found["port"]


def _answer_once(listener: socket.socket, context: ssl.SSLContext | None, words: bytes) -> None:
    connection, _ = listener.accept()
    connection.settimeout(5)
    with suppress(OSError):
        talking = context.wrap_socket(connection, server_side=True) if context is not None else connection
        with closing(talking):
            talking.recv(1000)
            talking.sendall(words)
            talking.recv(1000)


def test_another_users_data_folder_is_left_alone(tmp_path: Path) -> None:
    """Nothing is made in it that its user could not write."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder to somebody else")
    data = tmp_path / "data"
    data.mkdir()
    os.chown(data, 65534, 65534)
    status, found = findings("--data", data)
    assert status == 1
    assert "belongs to another user" in found["data folder"]["text"]
    assert list(data.iterdir()) == []


def test_a_folder_that_the_group_may_write_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service may have its data in a folder of root, as in a cluster; where it may not write, it is told."""
    settings = convert({"data": str(tmp_path)})
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    assert of_another_user(settings) is None
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    found = of_another_user(settings)
    assert found is not None
    assert "belongs to another user" in found.text


def test_folders_that_cannot_be_looked_at_are_told(tmp_path: Path) -> None:
    """They are findings as the others, and all else is looked at as well."""
    long = tmp_path / ("d" * 300)  # root may look into every folder, and no one at this
    config = tmp_path / "a.toml"
    config.write_text(f'port = {_free_port()}\nstore = "{long}"\n', encoding="utf-8")
    for data, what in ((long, "data folder"), (tmp_path / "data", "store")):
        status, found = findings("--data", data, "--config", config)
        assert status == 1
        assert found[what]["state"] == "fault"
        assert "File name too long" in found[what]["text"]
        assert "memory" in found


def test_a_store_that_lacks_what_the_index_has_is_told(tmp_path: Path) -> None:
    """An empty one is well only as long as nothing was kept in it; a file is no store."""
    config = tmp_path / "a.toml"
    for name in ("data", "elsewhere"):
        (tmp_path / name).mkdir()
    kept = KeptArchive(tmp_path / "data")
    kept.take(write_object(tmp_path / "object.dcm", "1.2.3.4").read_bytes())
    kept.index.close()
    for store, state, words in (
        (tmp_path / "data" / "archive", "ok", "An object in it was read."),
        (tmp_path / "elsewhere", "fault", "It is empty, and the index has objects"),
        (config, "fault", f"{config} is no folder."),
    ):
        config.write_text(f'port = {_free_port()}\nstore = "{store}"\n', encoding="utf-8")
        _, found = findings("--data", tmp_path / "data", "--config", config)
        assert found["store"]["state"] == state, found["store"]
        assert words in found["store"]["text"]
        assert found["index"]["state"] == "ok"


def test_an_index_that_is_away_is_not_to_be_removed(tmp_path: Path) -> None:
    """Why it cannot be used is told, and removal is advised where it is damaged only."""
    for index, words, is_damaged in (
        ("postgresql://nobody@127.0.0.1:1/none", "connection", False),
        ("", "not a database", True),
    ):
        data = tmp_path / ("a" if index else "b")
        data.mkdir()
        (data / "index.sqlite").write_bytes(b"this is no database" * 100)
        config = tmp_path / "a.toml"
        config.write_text(f'index = "{index}"\n', encoding="utf-8")
        _, found = findings("--data", data, "--config", config)
        assert words in found["index"]["text"], found["index"]
        assert ("remove it" in found["index"]["mend"]) is is_damaged
