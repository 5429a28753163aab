"""How lists of media ranges are read (RFC 9110 12.5.1)."""

from __future__ import annotations

import pytest

from openwado.errors import BadRequest
from openwado.protocol.media import (
    ANYTHING,
    MAXIMUM_ENTRIES,
    MAXIMUM_LENGTH,
    MediaRange,
    parse_accept,
    parse_content_type,
)


def test_rfc_9110_12_5_1_entries() -> None:
    """Names are lower case, quoted values are unquoted, commas inside of them do not separate."""
    assert parse_accept('Text/HTML;Level=1;Q=0.5;ext=1, multipart/related; type="a,b;\\"c"; q=0.25 ,*/*;q=0.') == (
        MediaRange("text", "html", (("level", "1"),), 0.5),
        MediaRange("multipart", "related", (("type", 'a,b;"c'),), 0.25),
        MediaRange("*", "*", (), 0.0),
    )


def test_req_web_8_7_7_2_invalid_entries_are_left_out() -> None:
    """REQ-WEB-8.7.7-2: what is not well formed in Accept is passed over."""
    header = 'image/png;q=2, html, */jpeg, image/jp*, image/png;q, "image/gif", , image/jpeg;;q=0.5'
    assert parse_accept(header) == (MediaRange("image", "jpeg", (), 0.5),)


def test_accept_is_bounded() -> None:
    """Entries and characters beyond the bounds are not looked at; an entry that is cut is left out."""
    many = parse_accept(",".join(["image/png"] * 100))
    assert len(many) == MAXIMUM_ENTRIES
    padding = "x" * (MAXIMUM_LENGTH - len("image/png,a/,image/j"))
    assert parse_accept(f"image/png,a/{padding},image/jpeg") == (MediaRange("image", "png"), MediaRange("a", padding))
    assert parse_accept("x" * 10000) == ANYTHING


def test_content_type_is_bounded() -> None:
    """A contentType beyond the bounds is refused."""
    for value in (",".join(["image/png"] * 65), "image/" + "x" * 3000):
        with pytest.raises(BadRequest, match="too long"):
            parse_content_type(value)


def test_image_jpg_is_image_jpeg() -> None:
    """Old clients misspell the type; parameters and q stay."""
    assert parse_content_type("image/JPG;q=0.5") == (MediaRange("image", "jpeg", (), 0.5),)
