"""Addresses that the web page prints: WADO URLs and its own pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from starlette.types import Scope

    from openwado.dicom.instance import Instance

#: A Host header field that may be printed into a page: a name or address, and perhaps a port (RFC 3986 3.2.2).
_HOST = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def origin(scope: Scope) -> str:
    """Return scheme and authority under which the client reached this server, such as http://pacs.example:8080."""
    scheme = scope.get("scheme", "http")
    for name, value in scope["headers"]:
        if name == b"host":
            host = value.decode("latin-1")
            if _HOST.fullmatch(host):
                return f"{scheme}://{host}"
    address, port = scope.get("server") or ("localhost", None)
    if ":" in address:
        address = f"[{address}]"
    return f"{scheme}://{address}" + ("" if port in (None, _DEFAULT_PORTS.get(scheme)) else f":{port}")


@dataclass(frozen=True, slots=True)
class Links:
    """Makes addresses for the pages of one request.

    Attributes:
        root: path under which the server is mounted, "" or /below.
        wado_path: path of the WADO service below it.
    """

    root: str
    wado_path: str

    def studies(self) -> str:
        """Return the path of the first page."""
        return f"{self.root}/"

    def study(self, study_uid: str) -> str:
        """Return the path of a study's page."""
        return f"{self.root}/studies/{quote(study_uid, safe='')}"

    def series(self, study_uid: str, series_uid: str) -> str:
        """Return the path of a series' page."""
        return f"{self.study(study_uid)}/series/{quote(series_uid, safe='')}"

    def instance(self, instance: Instance, frame_number: int | None = None) -> str:
        """Return the path of an object's page, showing a frame."""
        series = self.series(instance.study_instance_uid, instance.series_instance_uid)
        path = f"{series}/instances/{quote(instance.sop_instance_uid, safe='')}"
        return path if frame_number is None else f"{path}?frame={frame_number}"

    def wado(
        self, instance: Instance, content_type: str, *, frame_number: int | None = None, **parameters: str | int
    ) -> str:
        """Return a WADO URL, path and query (PS3.18 9.1.2).

        requestType comes first, since OHIF knows WADO URLs by it, and frameNumber last, since Cornerstone cuts an
        address from "&frame" on.

        Args:
            instance: the object.
            content_type: the media type wanted.
            frame_number: the frame, None for the object as a whole.
            parameters: more of the standard's parameters, by their names.
        """
        query: dict[str, str | int] = {
            "requestType": "WADO",
            "studyUID": instance.study_instance_uid,
            "seriesUID": instance.series_instance_uid,
            "objectUID": instance.sop_instance_uid,
            "contentType": content_type,
            **parameters,
        }
        if frame_number is not None:
            query["frameNumber"] = frame_number
        return f"{self.root}{self.wado_path}?{urlencode(query, safe='/,*')}"
