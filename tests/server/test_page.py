"""The web page: what it shows of a real index, what it escapes, how it pages, and the addresses that it prints."""

from __future__ import annotations

import asyncio
import html
import re
from functools import partial
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlsplit

import httpx
import msgspec
import pytest
from starlette.routing import Mount, Router

from composing import composer_of
from openwado.archive.file_store import FileStore
from openwado.archive.index import FileNote
from openwado.archive.sqlite import SqliteIndex
from openwado.dicom import formatting
from openwado.dicom.instance import ContentFacts, Description, Instance, Reading, Stamp
from openwado.ingest import read_file
from openwado.protocol.request import parse_request
from openwado.server import page_words as words
from openwado.server.page import OBJECTS_A_PAGE, SERIES_A_PAGE, page_routes
from openwado.server.page_links import origin
from openwado.server.page_studies import STUDIES_A_PAGE
from openwado.server.page_wording import Wording
from openwado.server.problems import ProblemAnswers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.routing import Route
    from starlette.types import ASGIApp

NASTY = "</textarea>\"'><script>alert(1)</script>&amp;"
ENGLISH = Wording("en")
VOID = {"meta", "link", "img", "input", "source"}


class Page(HTMLParser):
    """An answer, read as a browser reads it: its tags, and whether each was closed in order."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__()
        self.response = response
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.misplaced: list[str] = []
        self.feed(response.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost tag, or note that another was closed."""
        if not self.open or self.open.pop() != tag:
            self.misplaced.append(tag)

    def handle_data(self, data: str) -> None:
        """Keep the text of the innermost tag."""
        self.texts.append(data)

    def all(self, tag: str, attribute: str) -> list[str]:
        """Return an attribute's values on all tags of a kind."""
        return [attributes[attribute] for name, attributes in self.tags if name == tag and attribute in attributes]

    @property
    def text(self) -> str:
        """All text, white space folded."""
        return " ".join(" ".join(self.texts).split())

    @property
    def thumbnails(self) -> list[str]:
        """WADO URLs of all pictures."""
        return [address for address in self.all("img", "src") if "requestType=" in address]


class Site:
    """The page's routes, asked over ASGI as the server asks them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def get(self, address: str, **headers: str) -> httpx.Response:
        """Ask for an address."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://pacs.example:8080") as client:
                sent = {"accept": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}}
                return await client.get(address, headers=sent)

        return asyncio.run(ask())

    def page(self, address: str, **headers: str) -> Page:
        """Ask for a page that is there."""
        response = self.get(address, **headers)
        assert response.status_code == 200, response.text
        return Page(response)


class Store(FileStore):
    """Files, and those that stand on a shelf, which are nowhere but in the index."""

    def __init__(self, shelved: Stamp | None = None) -> None:
        super().__init__()
        self._shelved = shelved

    def stamp(self, key: str) -> Stamp | None:
        """Return the stamp of a file; of what is on the shelf that of the pattern."""
        return self._shelved if key.startswith("/nowhere/") else super().stamp(key)


def _routes(index: SqliteIndex, store: Store) -> list[Route]:
    return page_routes(index=index, store=store, wado_path="/wado", composer=composer_of(index, store))


def _site(index: SqliteIndex, shelved: Stamp | None = None) -> Site:
    return Site(ProblemAnswers(Router(_routes(index, Store(shelved)))))


@pytest.fixture(scope="module")
def sample_index(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteIndex]:
    """Return an index of the sample objects, read by the program's own reader."""
    index = SqliteIndex(tmp_path_factory.mktemp("page") / "index.sqlite")
    store = FileStore()
    index.write([read_file(store, str(path)) for path in sorted(samples.rglob("*.dcm"))])
    yield index
    index.close()


@pytest.fixture(scope="module")
def site(sample_index: SqliteIndex) -> Site:
    """Return the pages of the sample objects."""
    return _site(sample_index)


class Shelf:
    """An empty index to be filled with records by hand."""

    def __init__(self, index: SqliteIndex, pattern: Instance) -> None:
        self.index = index
        self.site = _site(index, pattern.stamp)
        self._pattern = pattern

    def put(
        self, study: str, series: str, number: int, description: Description | None = None, **changes: object
    ) -> str:
        """Put an object in, like the pattern but for the given changes; return its page's path."""
        uid = f"{series}.{number}"
        instance: Instance = msgspec.structs.replace(
            self._pattern,
            study_instance_uid=study,
            series_instance_uid=series,
            sop_instance_uid=uid,
            key=f"/nowhere/{uid}",
            **changes,
        )
        said = description or Description(modality="CT")
        if said.instance_number is None:
            said = msgspec.structs.replace(said, instance_number=number)
        facts = ContentFacts(has_pixels=True, has_encapsulated_document=False, is_structured_report=False)
        reading = Reading(instance=instance, description=said, facts=facts)
        stamp = Stamp(1, 1, 1, 1)
        self.index.write([FileNote(instance.key, stamp, "indexed", reading=reading, sop_instance_uid=uid)])
        return f"/studies/{study}/series/{series}/instances/{uid}"


@pytest.fixture
def shelf(sample_index: SqliteIndex, tmp_path: Path) -> Iterator[Shelf]:
    """Return an empty index; what is put in resembles a CT slice."""
    pattern = next(
        row.instance
        for study in sample_index.studies(offset=0, limit=99)
        for series in sample_index.series(study.study_instance_uid)
        for row in sample_index.instances(series.series_instance_uid, offset=0, limit=1)
        if row.description.modality == "CT"
    )
    index = SqliteIndex(tmp_path / "index.sqlite")
    yield Shelf(index, pattern)
    index.close()


def _object_pages(site: Site, modality: str) -> list[str]:
    """Return the addresses of all objects in the series of a modality."""
    for study in site.page("/").all("a", "href"):
        if study.startswith("/studies/"):
            page = site.page(study).response.text
            for section in page.split('<section class="series"')[1:]:
                if f'<span class="chip">{modality}</span>' in section:
                    return re.findall(r'class="well" href="([^"]+)"', section)
    raise AssertionError(modality)


# ---------------------------------------------------------------------- lists


def test_first_page_lists_the_newest_study_first(site: Site) -> None:
    """Studies stand by date with name, ID, date, description, modalities and counts."""
    page = site.page("/")
    assert re.findall(r"SAMPLE-[A-E]", page.text) == [f"SAMPLE-{letter}" for letter in "EDCBA"]
    assert "Sample, Phantom A CT and PET of a head phantom SAMPLE-A 2026-01-12 09:15 CT PR PT SR" in page.text
    assert "4 series · 14 objects" in page.text
    assert "1 series · 1 object" in page.text
    assert len(page.thumbnails) == 5


def test_a_chinese_name_stands_beside_its_spelling(site: Site) -> None:
    """The ideographic component group is shown without separators (PS3.5 6.2.1)."""
    assert "Yangben, Tu 样本图" in site.page("/").text


def test_an_empty_archive_says_how_to_add_files(shelf: Shelf) -> None:
    """With nothing in the index the first page names the command that fills it."""
    page = shelf.site.page("/")
    assert "openwado serve PATH" in page.text
    assert page.thumbnails == []


def test_a_study_shows_its_series_with_thumbnails(site: Site, sample_index: SqliteIndex) -> None:
    """All 14 objects of the head study are there: 12 pictures, report and state as tiles with their kind and a link."""
    uid = next(
        row.study_instance_uid for row in sample_index.studies(offset=0, limit=9) if row.number_of_instances == 14
    )
    page = site.page(f"/studies/{uid}")
    assert len(page.thumbnails) == 12
    assert "Basic Text SR Opens as a document." in page.text
    assert [link for link in page.all("a", "href") if "contentType=application/dicom" in link]
    assert [text for text in ("Head 5 mm", "Head uptake", "Report") if text in page.text] == [
        "Head 5 mm",
        "Head uptake",
        "Report",
    ]


def test_a_multi_frame_object_says_how_many_frames(site: Site) -> None:
    """The tile of the ultrasound loop has a badge, and its picture is the frame in the middle."""
    study = _object_pages(site, "US")[0].split("/series/")[0]
    page = site.page(study)
    assert "20 frames" in page.text
    assert page.thumbnails[0].endswith("&frameNumber=10")


def test_thumbnails_are_wado_urls(site: Site) -> None:
    """Pictures in lists are relative WADO URLs for JPEGs in a box of 256, loaded late, with size and words."""
    page = site.page("/")
    for attributes in [found for tag, found in page.tags if tag == "img" and "wado" in found["src"]]:
        address = urlsplit(attributes["src"])
        assert (address.scheme, address.netloc, address.path) == ("", "", "/wado")
        request = parse_request(address.query)
        assert (request.rows, request.columns) == (256, 256)
        assert [(entry.type, entry.subtype) for entry in request.content_type or ()] == [("image", "jpeg")]
        assert (attributes["loading"], attributes["width"], attributes["height"]) == ("lazy", "256", "256")
        assert attributes["alt"]


def test_studies_are_paged(shelf: Shelf) -> None:
    """Each page has its studies and a link to the next and the last; beyond the end there is 404."""
    for number in range(STUDIES_A_PAGE + 1):
        shelf.put(f"1.{number}", f"1.{number}.1", 1)
    first, second = shelf.site.page("/"), shelf.site.page("/?page=2")
    studies = [link for page in (first, second) for link in page.all("a", "href") if link.startswith("/studies/")]
    assert sorted(studies) == sorted(f"/studies/1.{number}" for number in range(STUDIES_A_PAGE + 1))
    assert "/?page=2" in first.all("a", "href")
    assert [link for link in second.all("a", "href") if "page=" in link and "lang=" not in link] == []
    assert shelf.site.get("/?page=3").status_code == 404


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "1.5", "²", "9" * 30])
def test_a_page_number_that_is_none_is_refused(site: Site, page: str) -> None:
    """Anything but a number from 1 is 400, not a server error."""
    assert site.get(f"/?page={page}").status_code == 400


def test_a_long_series_is_paged(shelf: Shelf) -> None:
    """A study's page shows the first objects of a long series; the series' own page shows all, by the hundred."""
    for number in range(1, OBJECTS_A_PAGE + 22):
        shelf.put("1.1", "1.1.1", number)
    study = shelf.site.page("/studies/1.1")
    assert len(study.thumbnails) == OBJECTS_A_PAGE
    assert "/studies/1.1/series/1.1.1" in study.all("a", "href")
    assert f"Show all {OBJECTS_A_PAGE + 21} objects" in study.text
    first, second = (shelf.site.page(f"/studies/1.1/series/1.1.1?page={number}") for number in (1, 2))
    assert (len(first.thumbnails), len(second.thumbnails)) == (OBJECTS_A_PAGE, 21)
    assert not set(first.thumbnails) & set(second.thumbnails)
    assert shelf.site.get("/studies/1.1/series/1.1.1?page=3").status_code == 404
    assert len(first.response.content) < 100_000


def test_many_series_are_paged_and_stay_small(shelf: Shelf) -> None:
    """A study of many series shows some of each, a page of them at a time, in less than 100 KB."""
    for series in range(SERIES_A_PAGE + 2):
        for number in range(1, 21):
            shelf.put("1.1", f"1.1.{series}", number, Description(modality="MR", series_number=series))
    first, second = shelf.site.page("/studies/1.1"), shelf.site.page("/studies/1.1?page=2")
    assert len(first.response.content) < 100_000
    assert (first.response.text.count('class="series"'), second.response.text.count('class="series"')) == (12, 2)
    assert shelf.site.get("/studies/1.1?page=3").status_code == 404


def test_a_study_without_pictures_has_no_broken_one(shelf: Shelf) -> None:
    """Where nothing can be drawn there is no img, but the reason."""
    reason = "The palette is missing."
    shelf.put("1.1", "1.1.1", 1, picture=None, undrawable=reason)
    assert "No picture" in shelf.site.page("/").text
    page = shelf.site.page("/studies/1.1")
    assert reason in page.text
    assert page.thumbnails == []


# ---------------------------------------------------------------------- one object


def test_object_page_prints_an_absolute_wado_url(site: Site) -> None:
    """The URL to copy has the scheme and host that the client used, requestType first, and asks for this object."""
    page = site.page(_object_pages(site, "CT")[3], host="images.hospital.example")
    address = _field(page, "url")
    assert address.startswith("http://images.hospital.example/wado?requestType=WADO&studyUID=2.25.")
    names = [name for name, _ in parse_qsl(urlsplit(address).query)]
    assert names == ["requestType", "studyUID", "seriesUID", "objectUID", "contentType"]
    assert parse_request(urlsplit(address).query).object_uid in page.text


def test_frame_number_comes_last_in_every_address(site: Site) -> None:
    """Cornerstone cuts an address from "&frame" on, so nothing may follow it."""
    page = site.page(_object_pages(site, "US")[0] + "?frame=7")
    addresses = [_field(page, "url"), *page.thumbnails, *page.all("a", "href")]
    pictures = [one for one in addresses if "requestType=" in one]
    assert len(pictures) > 10
    for address in pictures:
        assert re.search(r"&frameNumber=\d+$", address)
        parse_request(urlsplit(address).query)
    assert _field(page, "url").endswith("&frameNumber=7")


def test_the_html_to_embed_is_html(site: Site) -> None:
    """What is copied is one img whose src, once read by a browser, is the URL above it."""
    page = site.page(_object_pages(site, "US")[0] + "?frame=7")
    snippet = Page(httpx.Response(200, text=_field(page, "html")))
    ((tag, attributes),) = snippet.tags
    assert tag == "img"
    assert attributes["src"] == _field(page, "url")
    assert attributes["alt"] == "US: Four chambers, colour flow, object 1"
    assert (attributes["loading"], attributes["width"], attributes["height"]) == ("lazy", "640", "480")


def test_object_page_offers_what_the_server_makes(site: Site) -> None:
    """Every media type of the object can be chosen, and the transfer syntaxes that it really leaves in."""
    page = site.page(_object_pages(site, "CT")[0])
    offered = set(page.all("option", "value"))
    assert {"image/jpeg", "image/png", "image/gif", "image/jp2", "application/dicom"} <= offered
    assert not {"video/mp4", "text/html"} & offered
    assert {"*", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.90"} <= offered
    assert not {"1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.4.50"} & offered


def test_ct_has_windows_to_try(site: Site) -> None:
    """A CT offers its own windows by their names, then the usual ones, each once; a colour picture offers none."""
    ct = site.page(_object_pages(site, "CT")[0])
    presets = re.findall(r'data-window="([^"]+)"[^>]*>([^<]+)<', ct.response.text)
    assert presets[:2] == [("40,80", "BRAIN"), ("600,2800", "BONE")]
    windows = [window for window, _ in presets]
    assert windows == ["40,80", "600,2800", "40,400", "-600,1500", "300,600"]
    shown = [link for link in ct.all("a", "href") if "windowCenter=-600" in link]
    assert "windowCenter=-600&windowWidth=1500" in _field(site.page(shown[0]), "url")
    assert "data-window=" not in site.page(_object_pages(site, "US")[0]).response.text


def test_object_page_shows_the_attributes_that_matter(site: Site) -> None:
    """Patient, study, picture and object are described in words."""
    text = site.page(_object_pages(site, "CT")[0]).text
    for said in (
        "Born 2000-01-01",
        "Sex other",
        "Date 2026-01-12 09:15",
        "Rows \N{MULTIPLICATION SIGN} columns 512 \N{MULTIPLICATION SIGN} 512",
        "Bits 16 of 16, signed",
        "40 / 80; 600 / 2800",
        "slope 1, intercept -1024",
        "SOP class CT Image",
        "Transfer syntax Explicit VR Little Endian",
        "Size 526 kB",
    ):
        assert said in text


def test_frames_are_chosen_by_plain_links_and_a_form(site: Site) -> None:
    """Without any script: the frames before and after, a strip of frames, and a field for any number."""
    address = _object_pages(site, "US")[0]
    page = site.page(f"{address}?frame=7")
    links = page.all("a", "href")
    assert {f"{address}?frameNumber={number}" for number in (6, 8, 20)} | {address} <= set(links)
    form = next(found for tag, found in page.tags if tag == "form" and found.get("id") == "composer")
    assert form["method"] == "get"
    field = next(found for tag, found in page.tags if tag == "input" and found.get("id") == "c-frameNumber")
    assert (field["form"], field["name"], field["min"], field["max"], field["value"]) == (
        *("composer", "frameNumber"),
        *("1", "20", "7"),
    )
    assert f"{address}?frameNumber=0" not in site.page(address).response.text
    assert f"{address}?frameNumber=21" not in site.page(f"{address}?frame=20").response.text
    png = site.page(f"{address}?contentType=image/png&frameNumber=7&rows=64").all("a", "href")
    assert f"{address}?contentType=image/png&rows=64&frameNumber=8" in png


@pytest.mark.parametrize(("frame", "status"), [("20", 200), ("21", 404), ("0", 400), ("x", 400)])
def test_frames_that_are_not_there(site: Site, frame: str, status: int) -> None:
    """Beyond the last frame there is 404; what is no number is 400."""
    assert site.get(f"{_object_pages(site, 'US')[0]}?frame={frame}").status_code == status


def test_neighbours_in_the_series(site: Site) -> None:
    """An object's page leads to the one before and the one after; the ends have one of them."""
    pages = _object_pages(site, "CT")
    middle, first, last = (site.page(pages[place]).response.text for place in (3, 0, 8))
    assert re.findall(r'rel="(prev|next)" href="([^"]+)"', middle) == [("prev", pages[2]), ("next", pages[4])]
    assert re.findall(r'rel="(prev|next)" href="([^"]+)"', first) == [("next", pages[1])]
    assert re.findall(r'rel="(prev|next)" href="([^"]+)"', last) == [("prev", pages[7])]


def test_neighbours_where_numbers_say_nothing(shelf: Shelf) -> None:
    """Instance numbers with gaps or far too high do not hide the neighbours."""
    pages = [
        shelf.put("1.1", "1.1.1", number, Description(modality="CT", instance_number=number * 10))
        for number in range(1, 31)
    ]
    text = shelf.site.page(pages[14]).response.text
    assert re.findall(r'rel="(prev|next)" href="([^"]+)"', text) == [("prev", pages[13]), ("next", pages[15])]


def test_an_object_without_picture_gives_the_reason_and_the_object(site: Site, shelf: Shelf) -> None:
    """A report has no img, and a link to embed; a broken image says what is wrong with it."""
    report = site.page(_object_pages(site, "SR")[0])
    assert report.thumbnails == []
    assert _field(report, "url").endswith("contentType=text/html")
    assert _field(report, "html").startswith('<a href="http://pacs.example:8080/wado?')
    broken = shelf.site.page(shelf.put("1.1", "1.1.1", 1, picture=None, undrawable="Its palette is missing."))
    assert broken.thumbnails == []
    assert "Its palette is missing." in broken.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"picture": None, "undrawable": "Its palette is missing."}, "Its palette is missing."),
        ({"picture": None, "pixels": None}, "It holds no pixels."),
        ({"transfer_syntax_uid": "1.2.840.10008.1.2.4.94"}, "stored in a way that this server does not decode."),
        ({"picture": None, "pixels": None, "family": "encapsulated"}, "Not an image."),
    ],
)
def test_a_tile_says_why_there_is_no_picture(shelf: Shelf, changes: dict[str, Any], said: str) -> None:
    """Each cause has its own words, in the list and on the object's page."""
    address = shelf.put("1.1", "1.1.1", 1, **changes)
    for page in (shelf.site.page(address.split("/series/")[0]), shelf.site.page(address)):
        assert said in page.text
        assert page.thumbnails == []


def test_a_big_picture_is_asked_for_in_screen_size(shelf: Shelf, sample_index: SqliteIndex) -> None:
    """Screens get at most 1600 rows or columns; pixels that are not square are asked for in shape (RR-22)."""
    example = sample_index.example()
    assert example is not None
    assert example.picture is not None
    pixel = example.picture.image_pixel
    big = msgspec.structs.replace(
        example.picture, image_pixel=msgspec.structs.replace(pixel, rows=3000, columns=2500), pixel_aspect=None
    )
    flat = msgspec.structs.replace(
        example.picture, image_pixel=msgspec.structs.replace(pixel, rows=100, columns=400), pixel_aspect=(2.0, 1.0)
    )
    pages = [shelf.site.page(shelf.put("1.1", "1.1.1", number, picture=one)) for number, one in ((1, big), (2, flat))]
    stages = [
        next(found for tag, found in page.tags if tag == "img" and "loading" not in found and "wado" in found["src"])
        for page in pages
    ]
    assert stages[0]["src"].endswith("&rows=1600&columns=1600")
    assert stages[1]["src"].endswith("&rows=400&columns=400")
    assert [(stage["width"], stage["height"]) for stage in stages] == [("1333", "1600"), ("400", "200")]


# ---------------------------------------------------------------------- what is not there


@pytest.mark.parametrize(
    "address",
    [
        "/studies/1.2.3",
        "/studies/1.2.3/series/4",
        "/studies/1.2.3/series/4/instances/5",
        "/studies/%00%ff%22",
        "/studies/" + "9" * 5000,
        "/static/page.css",
        "/static/nothing",
    ],
)
def test_unknown_addresses_are_404(site: Site, address: str) -> None:
    """What is not there is said to be not there, whatever the address looks like."""
    assert site.get(address).status_code == 404


def test_objects_are_found_under_their_own_parents_only(shelf: Shelf) -> None:
    """An object under another series or study than its own is not found (REQ-URI-8.1.4-4)."""
    shelf.put("1.1", "1.1.1", 1)
    shelf.put("1.1", "1.1.2", 1)
    shelf.put("1.2", "1.2.1", 1)
    assert shelf.site.get("/studies/1.1/series/1.1.1/instances/1.1.1.1").status_code == 200
    assert shelf.site.get("/studies/1.1/series/1.1.2/instances/1.1.1.1").status_code == 404
    assert shelf.site.get("/studies/1.2/series/1.1.1/instances/1.1.1.1").status_code == 404
    assert shelf.site.get("/studies/1.2/series/1.1.1").status_code == 404


# ---------------------------------------------------------------------- safety


def test_nothing_from_an_object_becomes_markup(shelf: Shelf) -> None:
    """Names and descriptions full of markup add not one tag or attribute to any page."""
    nasty = Description(
        patient_name=f"{NASTY}^{NASTY}=样{NASTY}",
        patient_id=NASTY,
        patient_birth_date=NASTY,
        patient_sex=NASTY,
        study_date=NASTY,
        study_time=NASTY,
        study_description=NASTY,
        accession_number=NASTY,
        modality=NASTY,
        series_description=NASTY,
        instance_number=1,
    )
    tame = {name: "x" for name in Description.__struct_fields__ if isinstance(getattr(nasty, name), str)}
    plain = msgspec.structs.replace(nasty, **(tame | {"patient_name": "x^x=样x"}))
    changes = {"undrawable": NASTY, "picture": None, "specific_character_set": (NASTY,)}
    pages = {
        "nasty": shelf.put("1.1", "1.1.1", 1, nasty, **changes),
        "plain": shelf.put("1.2", "1.2.1", 1, plain, undrawable="x", picture=None, specific_character_set=("x",)),
    }
    for depth in (3, 5, 7):
        nasty_page, plain_page = (shelf.site.page("/".join(pages[kind].split("/")[:depth])) for kind in pages)
        assert [(tag, sorted(found)) for tag, found in nasty_page.tags] == [
            (tag, sorted(found)) for tag, found in plain_page.tags
        ]
        assert "<script>alert" not in nasty_page.response.text
        assert NASTY in "".join(nasty_page.texts)
        assert nasty_page.misplaced == nasty_page.open == []
    drawn = shelf.put("1.3", "1.3.1", 1, nasty)
    assert "<script>alert" not in shelf.site.get(drawn).text
    assert _field(shelf.site.page(drawn), "html").count("<") == 1


def test_uids_with_odd_characters_stay_inside_of_their_place(shelf: Shelf) -> None:
    """A UID out of a broken file cannot add a parameter or leave an attribute."""
    address = shelf.put('1"&rows=1', '1.1"><b>', 1)
    page = shelf.site.page("/")
    (study,) = [link for link in page.all("a", "href") if "/studies/" in link]
    assert study == "/studies/1%22%26rows%3D1"
    for found in (page, shelf.site.page(study), shelf.site.page(quote(address))):
        assert "<b>" not in found.response.text
        assert not [link for link in [*found.all("a", "href"), *found.all("img", "src")] if "requestType" in link]
    assert "Its UIDs break the rules of DICOM" in found.text
    assert "Get it" not in found.text


def test_control_characters_do_not_break_a_page(shelf: Shelf) -> None:
    """A name with a NUL and a replacement character is shown as far as it can be."""
    shelf.put("1.1", "1.1.1", 1, Description(patient_name="Sam\N{NULL}ple^\N{REPLACEMENT CHARACTER}", modality="CT"))
    assert "Sam" in shelf.site.page("/").text


def test_headers_are_strict(site: Site) -> None:
    """A page runs no script but its own, is not sniffed, and is not kept by shared caches."""
    for address in ("/", _object_pages(site, "CT")[0]):
        headers = site.get(address).headers
        assert headers["content-security-policy"] == (
            "default-src 'none'; img-src 'self' blob:; frame-src 'self'; media-src 'self'; style-src 'self'; "
            "script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'"
        )
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "private, no-cache"
        assert headers["content-type"] == "text/html; charset=utf-8"


def test_pages_need_nothing_inline_and_nothing_from_elsewhere(site: Site) -> None:
    """No inline style, script or handler, no other origin: the policy would refuse them."""
    for address in ("/", _object_pages(site, "US")[0], _object_pages(site, "SR")[0]):
        page = site.page(address)
        for tag, attributes in page.tags:
            assert tag != "style"
            assert "style" not in attributes
            assert not [name for name in attributes if name.startswith("on")]
            assert tag != "script" or attributes["src"].startswith("/static/")
        for link in [*page.all("a", "href"), *page.all("link", "href"), *page.all("img", "src")]:
            assert urlsplit(link).netloc == ""


def test_markup_is_whole_and_has_landmarks(site: Site) -> None:
    """Tags are closed in order; there is one h1, one main, a language; ids are unique; every img has alt."""
    for address in ("/", _object_pages(site, "US")[0], _object_pages(site, "SR")[0].split("/series/")[0]):
        page = site.page(address)
        tags = [tag for tag, _ in page.tags]
        assert page.misplaced == page.open == []
        assert (tags.count("h1"), tags.count("main"), tags.count("header"), tags.count("footer")) == (1, 1, 1, 1)
        assert ("html", {"lang": "en"}) in page.tags
        identifiers = [found["id"] for _, found in page.tags if "id" in found]
        assert len(identifiers) == len(set(identifiers))
        assert all("alt" in found for tag, found in page.tags if tag == "img")
        labels = page.all("label", "for")
        assert set(labels) <= set(identifiers)


# ---------------------------------------------------------------------- style sheet and script


def test_static_files_may_be_kept_for_ever(site: Site) -> None:
    """Style sheet, script and icon have addresses that change with their bytes, and are confirmed by ETag."""
    page = site.page(_object_pages(site, "CT")[0])
    found = [link for link in [*page.all("link", "href"), *page.all("script", "src")] if link.startswith("/static/")]
    kinds = {}
    for address in found:
        answer = site.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
        kinds[address.rsplit(".", 1)[1]] = answer.headers["content-type"]
        for known in (answer.headers["etag"], f'"other", W/{answer.headers["etag"]}'):
            again = site.get(address, if_none_match=known)
            assert (again.status_code, again.content) == (304, b"")
        assert site.get(address, if_none_match='"other"').status_code == 200
    assert kinds == {
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml",
    }


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("br, GZIP;q=0.5", "gzip"),
        ("*", "gzip"),
        ("", ""),
        ("br", ""),
        ("gzip;q=0, *", ""),
        ("gzip;q=x", ""),
    ],
)
def test_rfc_9110_12_5_3_pages_come_compressed_where_that_is_taken(site: Site, accepted: str, coding: str) -> None:
    """Pages and their files are the same bytes, fewer on the way; a tag of the one says nothing of the other."""
    plain = site.get("/", accept_encoding="identity")
    answer = site.get("/", accept_encoding=accepted)
    assert (answer.headers.get("content-encoding", ""), answer.text) == (coding, plain.text)
    assert "Accept-Encoding" in answer.headers["vary"]
    sheet = next(link for link in Page(plain).all("link", "href") if ".css" in link)
    file = site.get(sheet, accept_encoding=accepted)
    assert file.headers.get("content-encoding", "") == coding
    assert (file.headers["etag"] == site.get(sheet, accept_encoding="identity").headers["etag"]) == (not coding)
    assert site.get(sheet, accept_encoding=accepted, if_none_match=file.headers["etag"]).status_code == 304
    asked = site.get("/?q=ct", accept_encoding=accepted)
    assert "content-encoding" not in asked.headers, "its length tells nothing of what stands beside what was asked for"
    icon = next(link for link in Page(plain).all("link", "href") if ".svg" in link)
    assert "content-encoding" not in site.get(icon, accept_encoding=accepted).headers


# ---------------------------------------------------------------------- behind a proxy


def test_below_a_path_all_addresses_stay_below_it(sample_index: SqliteIndex) -> None:
    """Mounted under /archive, no link or picture leaves it."""
    app = Router([Mount("/archive", routes=_routes(sample_index, Store()))])
    site = Site(ProblemAnswers(app))
    page = site.page("/archive/")
    links = [*page.all("a", "href"), *page.all("link", "href"), *page.all("img", "src")]
    assert links
    assert all(link.startswith(("/archive/", "#", "?")) for link in links)
    study = next(link for link in links if "/studies/" in link)
    assert site.get(study).status_code == 200


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({"headers": [(b"host", b"a.example")]}, "http://a.example"),
        ({"headers": [(b"host", b"a.example:8443")], "scheme": "https"}, "https://a.example:8443"),
        ({"headers": [(b"host", b"[2001:db8::1]:8080")]}, "http://[2001:db8::1]:8080"),
        ({"headers": [(b"host", b'"><script>')], "server": ("10.0.0.1", 80)}, "http://10.0.0.1"),
        ({"headers": [(b"host", b"a.example/x?")], "server": ("::1", 8080)}, "http://[::1]:8080"),
        ({"headers": [(b"host", b"\xff\n")], "server": None}, "http://localhost"),
        ({"headers": []}, "http://localhost"),
    ],
)
def test_the_origin_is_the_clients_own_word_if_it_is_one(scope: dict[str, object], expected: str) -> None:
    """Scheme and Host are taken as sent; a Host that is none is not printed."""
    assert origin(scope) == expected


# ---------------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("value", "main", "beside"),
    [
        ("Doe^Jane", "Doe, Jane", ""),
        ("Doe^Jane^Mary^Dr.^PhD", "Doe, Dr. Jane Mary, PhD", ""),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada, Tarou", "山田太郎"),
        ("=山田^太郎", "山田太郎", ""),
        ("张^三", "张三", ""),
        ("홍^길동", "홍길동", ""),
        ("Same=Same", "Same", ""),
        ("^^^^", "", ""),
        ("", "", ""),
        ("A^B^C^D^E^F^G=x=y=z", "A, D B C, E", "x"),
    ],
)
def test_ps3_5_person_names_are_written_as_their_script_is(value: str, main: str, beside: str) -> None:
    """Alphabetic names have a comma, East Asian ones nothing; the second script stands beside (PS3.5 6.2.1)."""
    name = formatting.person_name(value)
    assert (name.main, name.beside) == (main, beside)


@pytest.mark.parametrize(
    ("function", "value", "expected"),
    [
        (formatting.date, "20260131", "2026-01-31"),
        (formatting.date, "2026.01.31", "2026-01-31"),
        (formatting.date, "unknown", "unknown"),
        (formatting.date, "", ""),
        (formatting.time, "093015.123456", "09:30"),
        (formatting.time, "0930", "09:30"),
        (formatting.time, "09:30:15", "09:30"),
        (formatting.time, "9", "9"),
        (partial(words.size, ENGLISH), 12, "12 bytes"),
        (partial(words.size, ENGLISH), 526_112, "526 kB"),
        (partial(words.size, ENGLISH), 999_999, "1 MB"),
        (partial(words.size, ENGLISH), 2_500_000_000_000_000, "2.5e+03 TB"),
        (words.decimal, 40.0, "40"),
        (words.decimal, 0.000305, "0.000305"),
        (formatting.sop_class_name, "1.2.840.10008.5.1.4.1.1.88.11", "Basic Text SR"),
        (formatting.sop_class_name, "1.2.3", "1.2.3"),
        (formatting.sop_class_name, "", "Unknown kind of object"),
        (partial(words.media_type_word, ENGLISH), "image/png", "PNG"),
        (partial(words.media_type_word, ENGLISH), "image/new", "image/new"),
    ],
)
def test_values_in_words(function: object, value: object, expected: str) -> None:
    """Dates, times, sizes and numbers are written for people, and what is none of them is left alone."""
    assert callable(function)
    assert function(value) == expected


def _field(page: Page, identifier: str) -> str:
    """Return the text of a field to copy, as a browser shows it."""
    found = re.search(rf'<textarea id="{identifier}"[^>]*>(.*?)</textarea>', page.response.text, re.DOTALL)
    assert found
    return html.unescape(found[1])
