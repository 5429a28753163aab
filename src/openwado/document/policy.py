"""The stylesheet of documents, and what a browser may do with them (REQ-TXT-5)."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources


@cache
def stylesheet() -> str:
    """Return the one stylesheet of all documents."""
    return resources.files("openwado.document").joinpath("stylesheet.css").read_text(encoding="utf-8").strip()


@cache
def content_security_policy() -> str:
    """Return what a browser may do with a document: show it, in our style, with pictures of this server (REQ-TXT-5)."""
    digest = base64.b64encode(hashlib.sha256(stylesheet().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self'; base-uri 'none'; form-action 'none'; "
        "sandbox allow-popups allow-top-navigation-by-user-activation"
    )
