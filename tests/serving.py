"""A running server and how tests talk to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    import httpx


@dataclass(frozen=True)
class RunningServer:
    """A started command.

    Attributes:
        url: where it listens.
        example: the URL that it printed as an example, "" if none.
        printed: all that it printed until it was ready.
        log: the file with its standard error.
        process: the command.
        client: asks it.
    """

    url: str
    example: str
    printed: str
    log: Path
    process: subprocess.Popen[str]
    client: httpx.Client

    def wado(self, uids: tuple[str, str, str], **parameters: str) -> httpx.Response:
        """Ask for an object by its study, series and object UID."""
        return self.client.get("/wado", params=wado_parameters(uids) | parameters)


def wado_parameters(uids: tuple[str, str, str]) -> dict[str, str]:
    """Return the four parameters that every request has."""
    study_uid, series_uid, object_uid = uids
    return {"requestType": "WADO", "studyUID": study_uid, "seriesUID": series_uid, "objectUID": object_uid}
