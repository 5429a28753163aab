"""`openwado statement`, as a person types it."""

from __future__ import annotations

from pathlib import Path

from command_line import run
from pdf_reading import opened_pdf

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


def test_without_arguments_it_is_text() -> None:
    """Markdown in English on standard output: the page of the repository, but for encoders that are not installed."""
    answer = run("statement")
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == ""
    printed, kept = answer.stdout.splitlines(), (DOCS / "conformance-statement.md").read_text("utf-8").splitlines()
    assert printed[:30] == kept[:30]
    assert [line for line in printed if line.startswith("#")] == [line for line in kept if line.startswith("#")]


def test_settings_decide_what_it_says(tmp_path: Path) -> None:
    """A file of settings, and the language that is named."""
    config = tmp_path / "a.toml"
    config.write_text('ae_title = "ELSEWHERE"\ndicom_port = 11113\n', encoding="utf-8")
    answer = run("statement", "--lang", "zh", "--format", "html", "--config", config)
    assert answer.returncode == 0, answer.stderr
    assert '<html lang="zh-CN">' in answer.stdout
    assert "ELSEWHERE" in answer.stdout
    assert "11113" in answer.stdout


def test_the_name_of_the_file_says_the_form(tmp_path: Path) -> None:
    """What is named by --format goes before it; a file that was there is replaced."""
    file = tmp_path / "statement.PDF"
    file.write_bytes(b"older")
    answer = run("statement", "-o", file)
    assert (answer.returncode, answer.stdout) == (0, ""), answer.stderr
    assert "DICOM Conformance Statement" in opened_pdf(file.read_bytes()).pages[0].extract_text()
    assert run("statement", "-o", file, "--format", "html").returncode == 0
    assert file.read_bytes().startswith(b"<!DOCTYPE html>")
    assert list(tmp_path.iterdir()) == [file]


def test_what_cannot_be_is_said(tmp_path: Path) -> None:
    """A file in no folder, and settings that are none."""
    answer = run("statement", "-o", tmp_path / "none" / "a.md")
    assert answer.returncode == 1
    assert "cannot be written: No such file or directory." in answer.stderr
    assert "Traceback" not in answer.stderr
    config = tmp_path / "a.toml"
    config.write_text("dicom_port = 70000\n", encoding="utf-8")
    answer = run("statement", "--config", config)
    assert answer.returncode != 0
    assert "dicom_port" in answer.stderr
    assert "Traceback" not in answer.stderr
