"""Links that open a study in a viewer: OHIF, by its list of the study, and Weasis, by its manifest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from openwado.server.page_links import Links


@dataclass(frozen=True, slots=True)
class ViewerLink:
    """A link: the viewer's name, and where it leads."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Viewers:
    """Which viewers pages of studies lead to.

    Attributes:
        ohif_url: address of an OHIF viewer, "" for none.
        has_weasis: whether Weasis is on the machines of those who look.
    """

    ohif_url: str = ""
    has_weasis: bool = False

    def links(self, links: Links, origin: str, study_uid: str) -> list[ViewerLink]:
        """Return the links of a study.

        Args:
            links: make addresses under the same root.
            origin: scheme and authority by which the client came: viewers need the whole address.
            study_uid: of the study.
        """
        study = origin + links.study(study_uid)
        found = []
        if self.ohif_url:
            address = f"{self.ohif_url.rstrip('/')}/viewer/dicomjson?url={quote(f'{study}/ohif.json', safe='')}"
            found.append(ViewerLink("OHIF", address))
        if self.has_weasis:
            command = f'$dicom:get -w "{study}/weasis.xml"'
            found.append(ViewerLink("Weasis", f"weasis://{quote(command, safe='')}"))
        return found


NO_VIEWERS = Viewers()
