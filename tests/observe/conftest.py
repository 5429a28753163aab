"""What tests of what is observed share."""

from __future__ import annotations

import pytest

from openwado.observe import audit_journal


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the disk of a busy machine, so that what is noted is in its memory."""
    monkeypatch.setattr(audit_journal, "_PATIENCE_SECONDS", 30.0)
