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
        language: tag that addresses of pages carry, since the one of this page does; "" where it does not.
    """

    root: str
    wado_path: str
    language: str = ""

    def studies(self, **query: str | int) -> str:
        """Return the address of the first page, with parameters."""
        return self._page("/", query)

    def study(self, study_uid: str, **query: str | int) -> str:
        """Return the address of a study's page, with parameters."""
        return self._page(_study(study_uid), query)

    def series(self, study_uid: str, series_uid: str, **query: str | int) -> str:
        """Return the address of a series' page, with parameters."""
        return self._page(_series(study_uid, series_uid), query)

    def instance(self, instance: Instance, frame_number: int | None = None, **query: str | int) -> str:
        """Return the address of an object's page, showing a frame, with parameters."""
        path = _series(instance.study_instance_uid, instance.series_instance_uid)
        shown: dict[str, str | int] = {} if frame_number is None else {"frame": frame_number}
        return self._page(f"{path}/instances/{quote(instance.sop_instance_uid, safe='')}", query | shown)

    def document(self, instance: Instance) -> str:
        """Return the address of a document in the language of this page; "" where the browser's own is the page's."""
        if not self.language:
            return ""
        series = _series(instance.study_instance_uid, instance.series_instance_uid)
        return (
            f"{self.root}{series}/instances/{quote(instance.sop_instance_uid, safe='')}/document?lang={self.language}"
        )

    def manual(self, name: str = "") -> str:
        """Return the address of a page of the manual; "" are its contents."""
        return self._page(f"/docs/{quote(name)}", {})

    def statement(self) -> str:
        """Return the address of the conformance statement."""
        return self._page("/statement", {})

    def _page(self, path: str, query: dict[str, str | int]) -> str:
        said = query | {"lang": self.language} if self.language else query
        return f"{self.root}{path}?{urlencode(said, safe='/,*')}" if said else f"{self.root}{path}"

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


def _study(study_uid: str) -> str:
    return f"/studies/{quote(study_uid, safe='')}"


def _series(study_uid: str, series_uid: str) -> str:
    return f"{_study(study_uid)}/series/{quote(series_uid, safe='')}"
