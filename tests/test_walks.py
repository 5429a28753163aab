"""What clients that walk will ask for next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.dicom.instance import Instance, Stamp
from openwado.walks import LONGEST_STEP, Walks

if TYPE_CHECKING:
    from collections.abc import Sequence

SERIES = [f"1.2.{number}" for number in range(20)]


def following(uid: str, count: int, backwards: bool) -> Sequence[str]:  # noqa: FBT001 -- as the index is called
    """Return what an index would."""
    at = SERIES.index(uid)
    return SERIES[:at][::-1][:count] if backwards else SERIES[at + 1 : at + 1 + count]


def instance(uid: str = "1.2.0", frames: int = 1) -> Instance:
    """Return a record."""
    return Instance(
        study_instance_uid="1",
        series_instance_uid="1.2",
        sop_instance_uid=uid,
        sop_class_uid="1.2.840.10008.5.1.4.1.1.7",
        transfer_syntax_uid="1.2.840.10008.1.2.5",
        family="image",
        number_of_frames=frames,
        time_based=False,
        key="k",
        stamp=Stamp(0, 0, 0, 0),
        version="v",
        dataset_offset=0,
        part10=True,
    )


def location(uid: str, frame: int | None = None, more: str = "") -> str:
    """Return path and canonical query."""
    query = f"/wado?requestType=WADO&studyUID=1&seriesUID=1.2&objectUID={uid}&contentType=image/jpeg{more}"
    return query if frame is None else f"{query}&frameNumber={frame}"


def frame(walks: Walks, number: int, more: str = "") -> list[int]:
    """Ask for a frame; return the numbers of the frames that are foretold."""
    found = walks.step(location("1.2.0", number, more), instance(frames=100), number)
    assert all(query.startswith(location("1.2.0", None, more).partition("?")[2]) for query in found)
    return [int(query.rpartition("frameNumber=")[2]) for query in found]


def test_frames_are_foretold_both_ways_up_to_the_ends() -> None:
    """After two frames in a row the next are foretold, in the direction of the walk, and none that is not there."""
    walks = Walks(following, 2)
    assert frame(walks, 97) == []
    assert frame(walks, 98) == [99, 100]
    assert frame(walks, 99) == [100]
    assert frame(walks, 100) == []
    assert frame(walks, 99) == [98, 97]
    assert frame(walks, 96) == [95, 94]


def test_a_jump_is_no_walk() -> None:
    """The same frame again, or one far away, foretells nothing."""
    walks = Walks(following, 2)
    assert frame(walks, 10) == []
    assert frame(walks, 10) == []
    assert frame(walks, 10 + LONGEST_STEP + 1) == []
    assert frame(walks, 10 + LONGEST_STEP + 2) != []


def test_walks_with_other_parameters_are_other_walks() -> None:
    """Two clients that see frames differently do not disturb each other, and get what they ask for."""
    walks = Walks(following, 1)
    assert frame(walks, 1) == []
    assert frame(walks, 50, "&windowCenter=40&windowWidth=400") == []
    assert frame(walks, 2) == [3]
    assert frame(walks, 51, "&windowCenter=40&windowWidth=400") == [52]


def test_objects_of_a_series_are_foretold() -> None:
    """After two neighbours of a series the next objects are foretold, either way, up to its ends."""
    walks = Walks(following, 2)

    def ask(number: int) -> list[str]:
        uid = SERIES[number]
        return [
            query.partition("objectUID=")[2].partition("&")[0] for query in walks.step(location(uid), instance(uid), 1)
        ]

    assert ask(3) == []
    assert ask(4) == SERIES[5:7]
    assert ask(4) == []
    assert ask(6) == SERIES[7:9]
    assert ask(5) == [SERIES[4], SERIES[3]]
    assert ask(4) == [SERIES[3], SERIES[2]]
    assert ask(15) == []
    assert ask(18) == [SERIES[19]]
    assert ask(19) == []


def test_the_walks_remembered_are_bounded() -> None:
    """However many clients there are, a bounded number of walks is remembered, the oldest forgotten."""
    walks = Walks(following, 1)
    for number in range(1000):
        frame(walks, 1, f"&rows={number + 1}")
    assert frame(walks, 2, "&rows=1000") == [3]
    assert frame(walks, 2, "&rows=1") == []
