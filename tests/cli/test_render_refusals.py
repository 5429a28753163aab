"""`openwado render` writes what the name says, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from openwado.cli.render import render
from openwado.render import fonts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = "This object cannot be had as {}, only as text/html and others: name a file that ends with .html."


@pytest.mark.parametrize(
    ("suffix", "media_type"),
    [("png", "image/png"), ("jpg", "image/jpeg"), ("svg", "image/svg+xml"), ("mp4", "video/mp4")],
)
def test_a_report_is_no_picture(samples: Path, tmp_path: Path, suffix: str, media_type: str) -> None:
    """REQ-URI-7.3.2-2 gives a page to who asks for a picture of a report: a file would be called what it is not."""
    output = tmp_path / f"report.{suffix}"
    answer = CliRunner().invoke(render, [str(next(samples.rglob("3-sr-01.dcm"))), "-o", str(output)])
    assert (answer.exit_code, answer.output) == (1, f"Error: {PAGE.format(media_type)}\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("suffix", "start"),
    [("html", b"<!DOCTYPE html>"), ("txt", b"Diagnostic"), ("pdf", b"%PDF-"), ("rtf", rb"{\rtf1"), ("dcm", bytes(128))],
)
def test_a_report_is_what_the_name_says(samples: Path, tmp_path: Path, suffix: str, start: bytes) -> None:
    """Each form of it begins as files of its kind do."""
    output = tmp_path / f"report.{suffix}"
    answer = CliRunner().invoke(render, [str(next(samples.rglob("3-sr-01.dcm"))), "-o", str(output)])
    assert (answer.exit_code, answer.output) == (0, "")
    assert output.read_bytes()[:128].lower().startswith(start.lower())


@pytest.fixture(params=["gone.ttf", "__init__.py"])
def broken_font(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Have a file of the first font that is not there, or is none; give the name of its package."""
    caches = (fonts.face, fonts.font_of, fonts._drawable, fonts._stays, fonts._has)
    (package, _), *others = fonts.FONTS
    monkeypatch.setattr(fonts, "FONTS", ((package, request.param), *others))
    for cache in caches:
        cache.cache_clear()
    yield package
    for cache in caches:
        cache.cache_clear()


@pytest.mark.parametrize(("name", "suffix"), [("3-sr-01", "pdf"), ("2-ecg-01", "png")])
def test_a_font_that_cannot_be_opened_is_told(
    samples: Path, tmp_path: Path, broken_font: str, name: str, suffix: str
) -> None:
    """In one sentence, with the package to install again."""
    output = tmp_path / f"made.{suffix}"
    answer = CliRunner().invoke(render, [str(next(samples.rglob(f"{name}.dcm"))), "-o", str(output)])
    said = f"A font that is needed cannot be opened here. ({broken_font}; `openwado doctor` says how to mend it)"
    assert (answer.exit_code, answer.output) == (1, f"Error: {said}\n")
    assert list(tmp_path.iterdir()) == []
