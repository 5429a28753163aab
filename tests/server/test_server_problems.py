"""Errors as answers: one status each, a body that the client reads, nothing that it must not."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from openwado import errors
from openwado.errors import BadRequest, NotAcceptable, Unavailable, WadoError
from openwado.server.problem_body import HTML, JSON, TEXT, negotiate
from openwado.server.problems import KINDS, answer_of, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.conftest import Running

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
IMAGE_ELEMENT = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (BROWSER, HTML),
        (IMAGE_ELEMENT, TEXT),
        (None, TEXT),
        ("*/*", TEXT),
        ("text/plain", TEXT),
        ("text/*", HTML),
        ("text/plain, text/html;q=0.9", TEXT),
        ("application/problem+json", JSON),
        ("application/json, text/plain, */*", JSON),
        ("application/dicom, application/json;q=0.1", JSON),
        ("application/*", JSON),
        ("image/jpeg", HTML),
        ("application/dicom", HTML),
        ('multipart/related; type="application/octet-stream"; transfer-syntax="*"', HTML),
        ("text/html;q=0, */*", TEXT),
        ("*/*;q=0", HTML),
        ("text/plain;q=0, */*", HTML),
    ],
)
def test_req_web_8_6_3_the_form_of_an_error(accept: str | None, form: str) -> None:
    """HTML for browsers and for whoever accepts nothing that there is, else what is named, else plain text."""
    assert negotiate(accept) == form


def test_every_error_has_a_status() -> None:
    """Each leaf of openwado.errors stands in the one table; a new class below one of them has its status."""
    leaves = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, WadoError)]
    assert set(leaves) - {WadoError} <= set(KINDS)

    class Sharper(BadRequest):
        """A leaf of a leaf."""

    assert kind_of(Sharper("x")) is KINDS[BadRequest]
    assert kind_of(WadoError("x")).status == 500


def test_nothing_of_the_client_is_markup() -> None:
    """What a public sentence quotes is escaped in HTML and made printable in text."""
    error = BadRequest("<script>alert('&')</script>\r\nX: y", parameter="<b>")
    page = answer_of(error, BROWSER).body.decode()
    assert "<script" not in page
    assert "&lt;script&gt;alert(&#x27;&amp;&#x27;)&lt;/script&gt;" in page
    assert "<dd>&lt;b&gt;</dd>" in page
    text = answer_of(error, None).body.decode()
    assert text.splitlines() == [
        "400 Bad Request",
        "",
        "<script>alert('&')</script>??X: y",
        "Concerns: <b>",
        "This is permanent: the same request will fail again.",
    ]


def test_the_page_needs_nothing_and_may_do_nothing() -> None:
    """No script, no address, one style whose digest the policy names; light and dark."""
    answer = answer_of(NotAcceptable("No.", available=("image/png", "application/dicom")), BROWSER)
    page = answer.body.decode()
    policy = dict(answer.headers)[b"content-security-policy"].decode()
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert f"style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'")
    assert not re.search(r"<script|src=|href=|url\(|@import|http", page)
    assert "prefers-color-scheme:dark" in style
    assert "<dt>Available</dt><dd>image/png, application/dicom</dd>" in page


def test_header_fields_of_errors() -> None:
    """Nothing is kept or guessed; the length is exact; Retry-After comes with what is temporary."""
    answer = answer_of(Unavailable("Later.", retry_after=0), "application/json")
    fields = dict(answer.headers)
    assert fields[b"content-length"] == b"%d" % len(answer.body)
    assert fields[b"cache-control"] == b"no-store"
    assert fields[b"x-content-type-options"] == b"nosniff"
    assert fields[b"content-type"] == b"application/problem+json"
    assert fields[b"retry-after"] == b"1"
    assert b"retry-after" not in dict(answer_of(BadRequest("x"), None).headers)


def test_unexpected_errors_have_a_number_that_the_log_has_too(server: Running) -> None:
    """500 says nothing of what happened but a number; the log has the number and the traceback."""
    answer = server.get("unexpected")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    found = re.search(r"look for ([0-9a-f]{12})", answer.text)
    assert found
    assert f"id={found[1]} error=ZeroDivisionError" in server.log()
    assert "secret of the house" in server.log()


def test_public_sentences_arrive_and_the_request_does_not(server: Running) -> None:
    """The body of an error holds what its class says, and no part of the query."""
    answer = server.client.get("/wado?zzz=%3Cimg%3E", headers={"Accept": "text/html"})
    assert (answer.status_code, "zzz" in answer.text, "<img" in answer.text) == (400, False, False)
    assert "The parameter &lt;do&gt; is missing." in answer.text


def test_the_access_log_has_no_query_and_no_forged_lines(server: Running, until: Callable[..., None]) -> None:
    """One line a request, whatever the path holds; it is written when the answer has left."""
    server.client.get("/a%0A2026 error forged=yes")
    until(lambda: "forged" in server.log())
    lines = [line for line in server.log().splitlines() if "forged" in line]
    assert len(lines) == 1
    assert 'path="/a\\n2026 error forged=yes" status=404' in lines[0]
