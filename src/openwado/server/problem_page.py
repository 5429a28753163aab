"""An error as a small web page that needs nothing else: no script, no picture, no font, one style of its own."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_STYLE = """
:root{color-scheme:light dark;--paper:#f6f7f9;--card:#fff;--ink:#16202b;--soft:#5a6876;--line:#dfe4ea;--mark:#b3261e}
@media (prefers-color-scheme:dark){
:root{--paper:#0f1419;--card:#182028;--ink:#e7ecf1;--soft:#98a5b3;--line:#2a3642;--mark:#ff8a80}}
*{box-sizing:border-box;margin:0}
body{min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--paper);color:var(--ink);
font:1rem/1.55 system-ui,sans-serif}
main{width:100%;max-width:36rem;padding:2rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem}
p.status{color:var(--mark);font-size:.9rem;font-weight:600;letter-spacing:.06em}
h1{margin:.25rem 0 1rem;font-size:1.5rem;line-height:1.25}
p,dd{overflow-wrap:anywhere}
h1+p{margin-bottom:.75rem}
h1+p+p{color:var(--soft);font-size:.9rem}
dl{margin-top:1.5rem;padding-top:1rem;border-top:1px solid var(--line);font-size:.9rem;color:var(--soft)}
dt{font-weight:600}
dd{margin:0 0 .6rem}
"""

_STYLE_DIGEST = b64encode(sha256(_STYLE.encode()).digest()).decode()

#: Nothing may be loaded or run; only the style above is let through, by its digest.
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; base-uri 'none'; form-action 'none'"
).encode()


def problem_page(
    *,
    language: str,
    status: int,
    title: str,
    sentences: Iterable[tuple[str, str]],
    notes: Sequence[tuple[str, str]],
) -> bytes:
    """Write the page, UTF-8.

    Args:
        language: of the page.
        status: the status code.
        title: the status in words.
        sentences: what was wrong, each with its language; escaped here, like all other texts.
        notes: names and values of what else there is to say.
    """
    text = "".join(f"<p{_other(spoken, language)}>{escape(sentence)}</p>" for sentence, spoken in sentences)
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in notes)
    table = f"<dl>{rows}</dl>" if rows else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{status} {escape(title)}</title><style>{_STYLE}</style></head>\n"
        f'<body><main><p class="status">{status}</p><h1>{escape(title)}</h1>{text}'
        f"{table}</main></body></html>\n"
    ).encode()


def _other(spoken: str, language: str) -> str:
    return "" if spoken == language else f' lang="{spoken}"'
