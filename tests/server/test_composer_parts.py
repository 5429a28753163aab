"""What the composer offers and writes: by the tables that answer requests, for every sample object."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import msgspec
import pytest

from openwado.archive.archive import Archive
from openwado.archive.file_store import FileStore
from openwado.archive.sqlite import SqliteIndex
from openwado.dicom.deidentification import Deidentification
from openwado.dicom.frame_timing import FrameTiming
from openwado.dicom.sent_syntax import effective_transfer_syntax
from openwado.errors import WadoError
from openwado.ingest import read_file, reread
from openwado.lanes import RetrieveLimits
from openwado.protocol.parameters import EVERY_PARAMETER
from openwado.retrieve import Retriever
from openwado.server.composer_copies import Copied, as_curl, as_html, as_markdown
from openwado.server.composer_offer import CONTROLLED, offer_of, shows
from openwado.server.composer_start import start_state
from openwado.server.composer_state import WRITTEN, asked_state, page_query, wado_query
from openwado.server.composer_windows import Windows, first_window
from openwado.server.page_cine import TOLD_MAX, cine_of
from openwado.server.page_pasted import pairs_of
from openwado.server.page_wording import Wording

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openwado.archive.index import InstanceRow

SAY = Wording("en")

#: A right value for each parameter, so that what is refused is refused for standing where it does.
VALUES = {
    "charset": "UTF-8",
    "anonymize": "yes",
    "transferSyntax": "*",
    "annotation": "patient",
    "rows": "16",
    "columns": "16",
    "region": "0,0,0.5,0.5",
    "windowCenter": "40",
    "windowWidth": "400",
    "frameNumber": "1",
    "imageQuality": "50",
}


PARTNERS = {"windowCenter": "windowWidth", "windowWidth": "windowCenter"}


class Archived:
    """The sample objects, one of each kind and syntax, and what answers requests for them."""

    def __init__(self, index: SqliteIndex, store: FileStore) -> None:
        found: dict[tuple[str, str], InstanceRow] = {}
        for study in index.studies(offset=0, limit=99):
            for series in index.series(study.study_instance_uid):
                for row in index.instances(series.series_instance_uid, offset=0, limit=9):
                    found.setdefault((row.instance.sop_class_uid, row.instance.transfer_syntax_uid), row)
        self.rows = list(found.values())
        archive = Archive(index, store, partial(reread, index, store))
        limits = RetrieveLimits(max_output_pixels=100_000_000, plain_lane_pixels=10_000_000)
        self._retriever = Retriever(
            archive,
            service_path="/wado",
            renderer_version="test",
            limits=limits,
            deidentification=Deidentification(key=b"k" * 32),
        )

    def refusal(self, row: InstanceRow, state: dict[str, str]) -> str:
        """Return the parameter that a request is refused for, "" where it is not."""
        try:
            prepared = self._retriever.prepare(wado_query(row.instance, state), None, None)
        except WadoError as error:
            return error.parameter or "?"
        assert prepared.media_type == state["contentType"]
        return ""


@pytest.fixture(scope="module")
def archived(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archived]:
    """Give the sample objects."""
    index = SqliteIndex(tmp_path_factory.mktemp("composer") / "index.sqlite")
    store = FileStore()
    index.write([read_file(store, str(path)) for path in sorted(samples.rglob("*.dcm"))])
    yield Archived(index, store)
    index.close()


@pytest.fixture
def rows(archived: Archived) -> list[InstanceRow]:
    """Return their rows in the index."""
    return archived.rows


def test_bounds_in_the_table_are_those_of_the_readers() -> None:
    """What a control lets through by its least and most is read; what is beyond is not."""
    bounded = [row for row in EVERY_PARAMETER if row.least is not None]
    assert {row.name for row in bounded} == {"rows", "columns", "frameNumber", "imageQuality"}
    for row in bounded:
        assert row.least is not None
        assert row.most is not None
        assert [row.read(f"{number:.0f}") for number in (row.least, row.most)] == [row.least, row.most]
        for beyond in (row.least - 1, row.most + 1):
            with pytest.raises(ValueError, match=f"{beyond:.0f}"):
                row.read(f"{beyond:.0f}")
        assert row.whole


def test_what_is_refused_is_off_and_what_is_off_for_that_is_refused(archived: Archived) -> None:
    """Every type of every object is answered as that; each parameter beside it is taken, or it is off and why."""
    refused_somewhere: set[str] = set()
    for row in archived.rows:
        offer = offer_of(row.instance, None, frozenset(), has_states=True)
        assert offer.media, row.instance.sop_class_uid
        for media in offer.media:
            base = {"contentType": media.media_type} | ({"frameNumber": "1"} if media.scope == "frame" else {})
            assert archived.refusal(row, base) == "", (media, base)
            for name, value in VALUES.items():
                state = base | {name: value}
                if name in PARTNERS:
                    state[PARTNERS[name]] = VALUES[PARTNERS[name]]
                refused = archived.refusal(row, state)
                off = media.off.get(name, "")
                if off in ("off refused", "off stored video") and (name, media.scope) != ("frameNumber", "object"):
                    assert refused == name or refused == PARTNERS.get(name), (media.media_type, state)
                if refused and (name, media.kind) != ("imageQuality", "dicom"):  # that one goes by the syntax
                    assert off, (media.media_type, state)
                    refused_somewhere.add(name)
    assert {"rows", "region", "windowCenter", "annotation", "transferSyntax", "anonymize"} <= refused_somewhere


def test_syntaxes_that_are_offered_are_those_objects_leave_in(rows: list[InstanceRow]) -> None:
    """Each of them is what the object is sent in when it is asked for; those whose encoding may lose are marked."""
    for row in rows:
        offered = offer_of(row.instance, None, frozenset(), has_states=False).syntaxes
        assert offered[0].value == "*"
        for one in offered[1:]:
            assert effective_transfer_syntax(one.value, row.instance) == one.value
    lossy = {
        one.value
        for row in rows
        for one in offer_of(row.instance, None, frozenset(), has_states=False).syntaxes
        if one.lossy
    }
    assert "1.2.840.10008.1.2.4.50" in lossy or "1.2.840.10008.1.2.4.81" in lossy
    assert "1.2.840.10008.1.2.4.90" not in lossy


@pytest.mark.parametrize(
    ("rights", "has_pictures", "has_object"),
    [
        ({"view"}, True, False),
        ({"native"}, False, True),
        ({"view", "anonymized"}, True, True),
        ({"sign"}, False, False),
    ],
)
def test_only_what_somebody_may_have_is_offered(
    rows: list[InstanceRow], rights: set[str], *, has_pictures: bool, has_object: bool
) -> None:
    """Pictures need the right to view, objects that to have them, as they are or anonymized."""
    image = next(row for row in rows if row.description.modality == "CT").instance
    offered = offer_of(image, frozenset(rights), frozenset(), has_states=False).media  # type: ignore[arg-type]
    names = {one.media_type for one in offered}
    assert ("image/jpeg" in names, "application/dicom" in names) == (has_pictures, has_object)


def test_states_of_addresses() -> None:
    """Empty fields of a form are left out; lists come in one; a frame alone is how objects are shown at first."""
    assert asked_state([]) is None
    assert asked_state([("frame", "7"), ("lang", "en")]) is None
    assert asked_state([("contentType", ""), ("rows", "")]) == {}
    assert asked_state([("rows", "5"), ("frame", "7")]) == {"rows": "5", "frameNumber": "7"}
    assert asked_state([("annotation", "patient"), ("annotation", "technique")]) == {"annotation": "patient,technique"}
    assert asked_state([("rows", "5"), ("rows", "6")]) == {"rows": "6"}
    assert asked_state([("studyUID", "1"), ("requestType", "X"), ("explain", "1")]) is None


def test_page_addresses_bring_states_back(rows: list[InstanceRow]) -> None:
    """Whatever is asked for, its address asks for the same again; what is asked for at first has the plain address."""
    for row in rows:
        start = start_state(row.instance)
        assert page_query(start, start) == {}
        for changes in ({}, {"rows": "5"}, {"contentType": ""}, {"contentType": "", "rows": "9"}, {"frameNumber": "2"}):
            state = {name: value for name, value in (start | changes).items() if value}
            query = page_query(state, start)
            read = asked_state(list(query.items()))
            if read is None:
                read = start | ({"frameNumber": query["frameNumber"]} if query else {})
            assert read == {name: state[name] for name in WRITTEN if name in state}


def test_requests_are_written_in_order(rows: list[InstanceRow]) -> None:
    """RequestType stands first and frameNumber last, whatever order things were chosen in."""
    image = rows[0].instance
    names = [
        name for name, _ in parse_qsl(wado_query(image, {"frameNumber": "2", "rows": "3", "contentType": "image/png"}))
    ]
    assert names == ["requestType", "studyUID", "seriesUID", "objectUID", "contentType", "rows", "frameNumber"]
    assert set(CONTROLLED) == set(WRITTEN)


def test_windows_of_a_ct_have_their_own_names(rows: list[InstanceRow]) -> None:
    """(0028,1055) names the object's own windows; the usual ones follow, none of them twice; colours have none."""
    image = next(row for row in rows if row.description.modality == "CT").instance
    windows = Windows(FileStore())
    found = windows.presets(SAY, image, None)
    assert [(one.name, one.center, one.width) for one in found[:2]] == [("BRAIN", "40", "80"), ("BONE", "600", "2800")]
    assert len({(one.center, one.width) for one in found}) == len(found)
    colour = next(row for row in rows if row.description.modality == "US").instance
    assert windows.presets(SAY, colour, None) == []
    assert first_window(colour, None) is None
    assert first_window(image, None) == (40.0, 80.0)
    assert image.picture is not None
    without = msgspec.structs.replace(image.picture.frame_attributes, windows=())
    assert first_window(image, without) == (-1024.0, 65536.0)
    gone = msgspec.structs.replace(image, key="/nowhere/at/all")
    assert [one.name for one in windows.presets(SAY, gone, None)][:2] == ["Own 1", "Own 2"]


@pytest.mark.parametrize(
    ("timing", "expected"),
    [
        (FrameTiming(frame_ms=40), (1, 20, False, 40, 20)),
        (FrameTiming(frame_ms=40, sweep=True), (1, 20, True, 40, 38)),
        (FrameTiming(frame_ms=40, start=3, stop=5), (3, 5, False, 40, 3)),
        (None, (1, 20, False, 100, 20)),
    ],
)
def test_cines_are_told_in_few_words(
    rows: list[InstanceRow], timing: FrameTiming | None, expected: tuple[object, ...]
) -> None:
    """First and last frame, whether it goes back, and one number where all frames last alike."""
    image = next(row for row in rows if row.description.modality == "US").instance
    cine = cine_of(msgspec.structs.replace(image, timing=timing))
    assert cine is not None
    assert (cine.first, cine.last, cine.sweep, cine.durations, cine.count) == expected
    assert cine_of(msgspec.structs.replace(image, number_of_frames=1)) is None
    many = cine_of(msgspec.structs.replace(image, number_of_frames=TOLD_MAX + 1, timing=None))
    assert many is not None
    assert not isinstance(many.durations, list)


@pytest.mark.parametrize(
    ("media_type", "way"),
    [
        ("image/jpeg", "image"), ("image/apng", "image"), ("image/svg+xml", "image"), ("image/jp2", "link"),
        ("video/mp4", "video"), ("video/mpeg", "link"), ("text/html", "document"), ("application/pdf", "document"),
        ("text/rtf", "link"), ("application/dicom", "link"), ("model/stl", "link"),
    ],
)  # fmt: skip
def test_how_answers_are_shown(media_type: str, way: str) -> None:
    """Pictures that browsers draw as such, videos that they play, documents that they read; all else is a link."""
    assert shows(media_type) == way


def test_copies_are_of_the_right_kind() -> None:
    """A picture is an img, a video plays, all else is a link; a command asks for the type where the URL does not."""
    copied = Copied("http://h/wado?a=1&b=2", "A [b] <c>", "image", "image/png", True, 3, 4, "1.2")  # noqa: FBT003
    assert as_html(copied) == (
        '<img src="http://h/wado?a=1&amp;b=2" alt="A [b] &lt;c&gt;" width="3" height="4" loading="lazy">'
    )
    assert as_markdown(copied) == r"![A \[b\] \<c\>](http://h/wado?a=1&b=2)"
    assert shlex.split(as_curl(copied, asks_who=False)) == ["curl", "--fail", "--output", "1.2.png", copied.url]
    unnamed = Copied("http://h/?x='", "A", "link", "application/dicom", False, 0, 0, "1.2")  # noqa: FBT003
    words = shlex.split(as_curl(unnamed, asks_who=True))
    assert words[2:6] == ["--header", "Accept: application/dicom", "--header", "Authorization: Bearer $TOKEN"]
    assert words[-3:] == ["--output", "1.2.dcm", "http://h/?x='"]
    assert as_html(unnamed) == '<a href="http://h/?x=&#x27;">A</a>'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("objectUID=1.2&rows=5", {"objectUID": "1.2", "rows": "5"}),
        ("http://a/b?objectUID=1.2&amp;region=0,0,1,1#x", {"objectUID": "1.2", "region": "0,0,1,1"}),
        ("see [it](http://a/wado?objectUID=1.2) now", {"objectUID": "1.2"}),
        ("nothing", {}),
        ("objectUID=1&" + "a&" * 200, {}),
    ],
)
def test_urls_are_found_in_what_stands_around_them(text: str, expected: dict[str, str]) -> None:
    """Quotes, brackets and spaces end a URL; &region is no sign of HTML."""
    assert dict(pairs_of(text)) == expected
