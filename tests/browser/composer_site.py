"""A server with an object of each kind for the tests of the composer, and a tab in which it is used."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from made_states import displayed_area, items, references, write_state
from openwado.samples import write_samples
from served_command import served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Request

#: Who there is: what they may do.
RULES = [
    {"roles": "everything", "rights": ["view", "native", "sign"]},
    {"roles": "viewing", "rights": ["view"]},
    {"roles": "anonymizing", "rights": ["view", "anonymized"]},
    {"roles": "reading", "rights": ["view", "native"]},
]
_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj \
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n"

#: Written names, the file of a sample or of ours that each is.
KINDS = {
    "ct": "head/1-ct-01.dcm",
    "report": "head/3-sr-01.dcm",
    "us": "heart/1-us-01.dcm",
    "ecg": "heart/2-ecg-01.dcm",
    "xa": "heart/3-xa-01.dcm",
    "dx": "chest/1-dx-01.dcm",
    "pdf": "made/pdf.dcm",
    "raw": "made/raw.dcm",
}


@dataclass(frozen=True)
class Site:
    """The server.

    Attributes:
        address: of it.
        uids: study, series and object of each kind.
    """

    address: str
    uids: dict[str, tuple[str, str, str]]

    def page(self, kind: str) -> str:
        """Return the path of an object's page."""
        study, series, uid = self.uids[kind]
        return f"/studies/{study}/series/{series}/instances/{uid}"

    def get(self, url: str, role: str = "everything", language: str = "en") -> httpx.Response:
        """Ask for something."""
        return httpx.get(self.address + url, headers=who(role) | {"Accept-Language": language}, timeout=60)


def who(role: str) -> dict[str, str]:
    """Return the fields in which a proxy says who asks."""
    return {"X-User": "somebody", "X-Roles": role}


def site_in(folder: Path) -> Iterator[Site]:
    """Start `openwado serve` with samples and objects of ours, behind a proxy that says who asks."""
    objects = folder / "objects"
    write_samples(objects)
    _write_others(objects)
    (folder / "openwado.toml").write_text(_settings(), encoding="utf-8")
    uids = {}
    for kind, path in KINDS.items():
        dataset = pydicom.dcmread(objects / path, stop_before_pixels=True)
        uids[kind] = (str(dataset.StudyInstanceUID), str(dataset.SeriesInstanceUID), str(dataset.SOPInstanceUID))
    command: list[str | Path] = ["serve", objects, "--port", "0", "--workers", "1", "--data", folder / "data"]
    with served([*command, "--config", folder / "openwado.toml"], folder) as (_, address):
        yield Site(address, uids)


def _settings() -> str:
    lines = ["access_proxies = ['127.0.0.1']", "access_proxy_user_header = 'X-User'"]
    lines += ["access_proxy_roles_header = 'X-Roles'", "bit_depth_parameter = true", "audit = true"]
    lines += ["[[access_link_keys]]", "id = 'k'", f"secret = '{'s' * 32}'"]
    for rule in RULES:
        lines += ["[[access_rules]]", *(f"{name} = {json.dumps(value)}" for name, value in rule.items())]
    return "\n".join(lines)


def _write_others(objects: Path) -> None:
    """Write what there is no sample of: a PDF, a raw object, and a state for the CT and one for the cine."""
    ct = pydicom.dcmread(objects / KINDS["ct"], stop_before_pixels=True)
    folder = objects / "made"
    folder.mkdir()
    _write(
        folder / "pdf.dcm",
        "1.2.840.10008.5.1.4.1.1.104.1",
        "1.2.9.1",
        EncapsulatedDocument=_PDF + b" " * (len(_PDF) % 2),
        MIMETypeOfEncapsulatedDocument="application/pdf",
        Modality="DOC",
    )
    _write(folder / "raw.dcm", "1.2.840.10008.5.1.4.1.1.66", "1.2.9.2", Modality="MR", CreatorVersionUID="1.2.3")
    image = references(str(ct.SOPInstanceUID))
    image[0].ReferencedSOPClassUID = ct.SOPClassUID
    series = items({"SeriesInstanceUID": ct.SeriesInstanceUID, "ReferencedImageSequence": image})
    write_state(
        folder / "state.dcm",
        "1.2.9.3",
        str(ct.SOPInstanceUID),
        StudyInstanceUID=ct.StudyInstanceUID,
        SeriesInstanceUID="1.2.9.3.1",
        ReferencedSeriesSequence=series,
        ContentDescription="Turned around",
        ImageRotation=90,
        ImageHorizontalFlip="N",
        DisplayedAreaSelectionSequence=displayed_area((1, 1), (512, 512)),
    )


def _write(path: Path, sop_class: str, uid: str, **attributes: object) -> None:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = UID(sop_class), UID(uid)
    dataset = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    dataset.SOPClassUID, dataset.SOPInstanceUID = sop_class, uid
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.9", f"{uid}.1"
    dataset.PatientName, dataset.PatientID = "Example^Person", "4711"
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path, enforce_file_format=True)


class Tab:
    """A tab with the page of an object.

    Args:
        browser: that opens it.
        site: the server.
        options: of a browser context.
    """

    def __init__(self, browser: Browser, site: Site, size: tuple[int, int], role: str, **options: object) -> None:
        width, height = size
        self.context = browser.new_context(
            viewport={"width": width, "height": height},
            extra_http_headers=who(role),
            **options,  # type: ignore[arg-type]
        )
        self.page: Page = self.context.new_page()
        self._site = site
        self._role = role
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._note)

    def _note(self, request: Request) -> None:
        self.asked.append(request.url)

    def go(self, path: str, *, status: int = 200, answered: bool = True) -> Tab:
        """Open a page; answered: wait for the server's answer that it shows."""
        answer = self.page.goto(self._site.address + path)
        assert answer is not None
        assert answer.status == status, path
        if answered:
            self.answered()
        return self

    def until(self, condition: str) -> None:
        """Look at a condition again and again: the page's policy lets nothing be evaluated in it for longer."""
        for _ in range(400):
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(25)
        raise AssertionError(condition, self.url, self.page.inner_text("#answer"), self.complaints)

    def answered(self) -> Tab:
        """Wait until what is shown is the answer to the URL, or the refusal of it."""
        self.until("document.getElementById('url').value.endsWith(document.getElementById('shown').dataset.answered)")
        return self

    @property
    def url(self) -> str:
        """The URL that the page shows."""
        return self.page.input_value("#url")

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of that URL, decoded, but for those that say which object it is."""
        pairs = httpx.QueryParams(urlsplit(self.url).query)
        return {
            name: value
            for name, value in pairs.items()
            if name not in ("requestType", "studyUID", "seriesUID", "objectUID")
        }

    def fill(self, name: str, value: str) -> None:
        """Write into the control of a parameter, and wait for the answer."""
        self.page.fill(f"#c-{name}", value)
        self.answered()

    def choose(self, name: str, **how: str | int) -> None:
        """Choose in the control of a parameter, and wait for the answer."""
        self.page.select_option(f"#c-{name}", **how)  # type: ignore[arg-type]
        self.answered()

    def shown_digest(self) -> str:
        """Return a digest of the pixels that the picture shows."""
        digest: str = self.page.evaluate("""async () => {
          const image = document.querySelector("#shown img"), canvas = document.createElement("canvas");
          canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
          const context = canvas.getContext("2d");
          context.drawImage(image, 0, 0);
          const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
          const grey = Uint8Array.from({length: data.length / 4}, (_, at) => data[4 * at]);
          const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", grey));
          return [...digest].map(byte => byte.toString(16).padStart(2, "0")).join("");
        }""")
        return digest

    def answer(self) -> httpx.Response:
        """Return what the server says to the URL that the page shows, asked from elsewhere."""
        parts = urlsplit(self.url)
        return self._site.get(f"{parts.path}?{parts.query}", self._role)

    def box(self, selector: str) -> tuple[float, float, float, float]:
        """Return left, top, width and height of an element in the window."""
        found = self.page.locator(selector).bounding_box()
        assert found is not None
        return found["x"], found["y"], found["width"], found["height"]

    def drag(self, selector: str, start: tuple[float, float], end: tuple[float, float], steps: int = 8) -> None:
        """Drag on an element, from one fraction of it to another."""
        self.page.locator(selector).evaluate("element => element.scrollIntoView({block: 'end'})")
        left, top, width, height = self.box(selector)
        self.page.mouse.move(left + start[0] * width, top + start[1] * height)
        self.page.mouse.down()
        self.page.mouse.move(left + end[0] * width, top + end[1] * height, steps=steps)
        self.page.mouse.up()
        self.answered()
