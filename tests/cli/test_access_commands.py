"""Signing, keys, and whether a server may start where everybody could see everything."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from command_line import run
from openwado.access.api_key import ApiKey, ApiKeys
from openwado.access.link import LinkKey, LinkKeys
from openwado.authentication import authentication_of, listening_faults
from openwado.config import Settings, SettingsError, convert

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://pacs.example/wado?requestType=WADO&studyUID=1.2&seriesUID=1.3&objectUID=1.4"


def test_a_server_open_to_everybody_does_not_start_unasked() -> None:
    """On an address that others reach: refused with the three ways out, before anything is indexed."""
    refused = run("serve", "--host", "0.0.0.0", "--port", "0")  # noqa: S104 -- it is refused
    assert refused.returncode == 2
    for way in ("docs/security.md", "127.0.0.1", "--insecure-no-auth"):
        assert way in refused.stderr


@pytest.mark.parametrize(
    ("host", "may"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 -- it is refused
        ("::", False),
        ("", False),
        ("192.0.2.1", False),
        ("no such name.invalid", False),
    ],
)
def test_where_nobody_need_be_asked(host: str, *, may: bool) -> None:
    """Only addresses of this machine may do without; a way to prove who asks, or the choice aloud, opens others."""
    settings = Settings(host=host)
    faults = list(listening_faults(settings))
    told = [(fault.setting, "insecure-no-auth" in fault.text) for fault in faults]
    assert told == ([] if may else [("host", True)])
    assert list(listening_faults(Settings(host=host, insecure_no_auth=True))) == []
    assert list(listening_faults(Settings(host=host, access_link_keys=({"id": "a", "secret": "s" * 32},)))) == []


def key_row(**more: str) -> dict[str, object]:
    """Return an API key of the settings."""
    row: dict[str, object] = {"name": "n", "digest": "sha256:" + "0" * 64, "roles": ["r"]}
    return {**row, **more}


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"access_rules": [{"roles": "*", "rights": "view"}]}, "access_rules"),
        ({"access_api_keys": [key_row()]}, "access_rules"),
        ({"access_api_keys": [key_row()], "insecure_no_auth": True}, "insecure_no_auth"),
        ({"access_api_keys": [key_row(digest="x")]}, "access_api_keys"),
        ({"access_api_keys": [key_row(key="x")]}, "access_api_keys"),
        ({"access_passwords": [{"name": "n", "digest": "secret", "roles": ["r"]}]}, "access_passwords"),
        ({"access_proxy_user_header": "X-User"}, "access_proxies"),
        ({"access_proxy_user_header": "X-User", "access_proxies": ["x"]}, "access_proxies"),
        ({"access_certificates": [{"name": "n", "roles": ["r"]}]}, "access_certificates"),
        ({"access_issuers": [{"issuer": "https://a.example"}]}, "access_issuers"),
        ({"access_issuers": [{"issuer": "https://a.example", "audience": "a", "algorithms": ["HS256"]}]}, "HS256"),
        ({"access_link_keys": [{"id": "a", "secret": "short"}]}, "access_link_keys"),
        ({"access_api_keys": [key_row()], "access_rules": [{"roles": "*", "rights": "look"}]}, "look"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_name(values: dict[str, object], named: str) -> None:
    """A mistake about who may see what keeps the server from starting; the secret itself is not repeated."""
    rules = {"access_rules": [{"roles": "r", "rights": "view"}]} if named not in ("access_rules", "look") else {}
    with pytest.raises(SettingsError, match=named) as error:
        authentication_of(convert(rules | values))
    assert "secret'" not in str(error.value)
    assert "short" not in str(error.value)


def test_keys_are_printed_with_what_the_settings_keep(tmp_path: Path) -> None:
    """What `openwado key` prints for the settings is TOML that finds the key, and signs."""
    made = run("key", "api", "viewer", "--role", "physician", "--expires", "2999-01-01").stdout
    text = re.search(r"owk_\S+", made)
    assert text is not None
    (row,) = tomllib.loads(made[made.index("[[") :])["access_api_keys"]
    assert text.group() not in made[made.index("[[") :]
    found = ApiKeys([ApiKey(**row | {"roles": tuple(row["roles"])})]).find(text.group(), 0)
    assert (found.name, found.roles, found.expires) == ("viewer", ("physician",), "2999-01-01")
    config = tmp_path / "openwado.toml"
    config.write_text(run("key", "link", "first").stdout, encoding="utf-8")
    (link_row,) = tomllib.loads(config.read_text(encoding="utf-8"))["access_link_keys"]
    signed = run("sign", URL, "--for", "2h", "--uses", "3", "--anonymized", "--config", config)
    assert signed.stdout.startswith("https://pacs.example/wado?")
    link = LinkKeys([LinkKey(id=link_row["id"], secret=link_row["secret"])]).read(
        urlsplit(signed.stdout.strip()).query, 0
    )
    assert (link.uses, link.permission.allows) == (3, "anonymized")


@pytest.mark.parametrize(
    "arguments",
    [
        (URL, "--for", "2 weeks"),
        (URL, "--for", "60d"),
        ("https://pacs.example/other?requestType=WADO",),
        ("https://pacs.example/wado?requestType=WADO",),
        (URL, "--scope", "patient"),
        (URL, "--key", "other"),
    ],
)
def test_what_cannot_be_signed(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Times that are none or too long, addresses that are no requests, keys that are not there: said in a line."""
    config = tmp_path / "openwado.toml"
    config.write_text(f'[[access_link_keys]]\nid = "a"\nsecret = "{"s" * 32}"\n', encoding="utf-8")
    refused = run("sign", *arguments, "--config", config)
    assert refused.returncode in (1, 2)
    assert "Traceback" not in refused.stderr
    assert refused.stderr
    assert not refused.stdout


def test_without_a_key_nothing_is_signed() -> None:
    """The command says how to make one."""
    refused = run("sign", URL)
    assert refused.returncode == 1
    assert "openwado key link" in refused.stderr


def test_the_doctor_says_what_would_keep_the_server_from_starting(tmp_path: Path) -> None:
    """Rules that cannot be, and an address that would be open to everybody, are faults of the settings."""
    config = tmp_path / "openwado.toml"
    config.write_text('host = "0.0.0.0"\n', encoding="utf-8")
    found = run("doctor", "--config", config, "--data", tmp_path / "data")
    assert found.returncode == 1
    assert "--insecure-no-auth" in found.stdout
