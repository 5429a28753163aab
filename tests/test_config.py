"""Settings: where they come from, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from openwado.cli.checking import check
from openwado.config import Settings, SettingsError, load, read, settings_page, unknown_variables


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each source overrides the weaker ones, setting by setting."""
    config = tmp_path / "a.toml"
    config.write_text("port = 1\nworkers = 2\nhost = 'file'", encoding="utf-8")
    monkeypatch.setenv("OPENWADO_PORT", "3")
    monkeypatch.setenv("OPENWADO_WORKERS", "4")
    settings = load(config=config, port=5)
    assert (settings.port, settings.workers, settings.host) == (5, 4, "file")


def test_every_setting_can_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Booleans, numbers and lists are read from text."""
    monkeypatch.setenv("OPENWADO_PAGE", "off")
    monkeypatch.setenv("OPENWADO_RENDER_DEADLINE", "2.5")
    monkeypatch.setenv("OPENWADO_CORS_ORIGINS", "https://a.example, https://b.example")
    settings = load()
    assert not settings.page
    assert settings.render_deadline == 2.5
    assert settings.cors_origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "70000"),
        ("page", "maybe"),
        ("wado_path", "wado"),
        ("log_level", "loud"),
        ("workers", "-1"),
        ("workers", "257"),
        ("render_processes", "1000"),
        ("cors_origins", "viewer"),
        ("wado_path", "/health"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """The message names the setting."""
    monkeypatch.setenv(f"OPENWADO_{name.upper()}", value)
    with pytest.raises(SettingsError, match=name):
        load()


def test_all_origins_never_go_with_credentials() -> None:
    """All origins and cors_credentials exclude each other: browsers reject such answers."""
    with pytest.raises(SettingsError, match="cors_origins"):
        load(cors_origins=["*"], cors_credentials=True)


def test_the_settings_page_is_fresh_and_names_every_setting() -> None:
    """docs/settings.md is what the program prints."""
    page = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
    assert page.read_text(encoding="utf-8") == settings_page()
    for name in Settings.__struct_fields__:
        assert f"`OPENWADO_{name.upper()}`" in settings_page()


def test_all_faults_are_said_at_once_each_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is wrong in the file, the environment and on the command line is in one message, with its place."""
    config = tmp_path / "a.toml"
    config.write_text(
        "# settings\n"
        "port = 70000\n"
        'wado_pth = "/x"\n'
        "cors_origins = [\n"
        '  "https://a.example",\n'
        '  "page = 1",\n'
        "]\n"
        'ae_title = """\n'
        "page = 3\n"
        '"""\n'
        'page = "perhaps"\n'
        "[[dicom_peers]]\n"
        'ae_title = "A"\n'
        "[[dicom_peers]]\n"
        "ae_title = 3\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("OPENWADO_WORKERS", "-1")
    monkeypatch.setenv("OPENWADO_DICOM_PORT", "11112")
    with pytest.raises(SettingsError) as raised:
        check(read(config=config, data=str(tmp_path), log_level="loud"))
    message = str(raised.value)
    assert "8 faults" in message
    for name, place in {
        "port": f"{config}, line 2",
        "wado_pth": f"{config}, line 3",
        "cors_origins": f"{config}, line 4",
        "ae_title": f"{config}, line 8",
        "page": f"{config}, line 11",
        "dicom_peers": f"{config}, line 14",
        "workers": "the environment",
        "log_level": "the command line",
    }.items():
        assert f"\n  {name} ({place}): " in message, message
    assert "is wado_path meant?" in message


def test_variables_that_are_no_settings_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that looks like a setting and is none is told, with the one that may be meant."""
    monkeypatch.setenv("OPENWADO_LOG_LEVL", "debug")
    (note,) = [text for text in unknown_variables() if "LEVL" in text]
    assert "OPENWADO_LOG_LEVEL" in note
