"""When the frames of an object are shown (PS3.3 C.7.6.5; RR-28)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openwado.dicom.frame_timing import DEFAULT_FRAME_MS, LONGEST_MS, SHORTEST_MS, FrameTiming
from openwado.dicom.instance import Instance

if TYPE_CHECKING:
    from collections.abc import Callable

FRAME_TIME, FRAME_TIME_VECTOR = 0x00181063, 0x00181065


@pytest.fixture
def timing(make: Any) -> Callable[..., FrameTiming | None]:  # noqa: ANN401 -- the maker of the folder's conftest
    """Return a function from number of frames and attributes to the timing in the record of such an object."""

    def read(number_of_frames: int, **attributes: object) -> FrameTiming | None:
        data_set = make.data_set(2, 2)
        for keyword, value in attributes.items():
            if isinstance(value, bytes):  # values that pydicom would not take
                data_set.add_new(keyword_tag(keyword), "UT", value.decode())
            else:
                setattr(data_set, keyword, value)
        if number_of_frames > 1:
            data_set.NumberOfFrames = number_of_frames
        instance = make.native(np.zeros((number_of_frames, 2, 2), np.uint8), data_set).instance
        kept = msgspec.msgpack.decode(msgspec.msgpack.encode(instance), type=Instance)
        assert kept == instance
        found: FrameTiming | None = kept.timing
        return found

    return read


def keyword_tag(keyword: str) -> int:
    """Return the tag of a keyword."""
    return {"FrameTime": FRAME_TIME, "FrameTimeVector": FRAME_TIME_VECTOR}[keyword]


@pytest.mark.parametrize(
    ("attributes", "milliseconds"),
    [
        ({"FrameIncrementPointer": FRAME_TIME, "FrameTime": "33.33", "CineRate": "5"}, 33.33),
        ({"FrameTime": "33.33", "RecommendedDisplayFrameRate": "20", "CineRate": "5"}, 50),
        ({"FrameTime": "33.33", "CineRate": "5"}, 200),
        ({"FrameTime": "33.33"}, 33.33),
        ({"FrameIncrementPointer": FRAME_TIME, "FrameTime": "0", "CineRate": "25"}, 40),
        ({"FrameIncrementPointer": FRAME_TIME, "FrameTime": "-5", "CineRate": "25"}, 40),
        ({"FrameIncrementPointer": FRAME_TIME, "FrameTime": b"NaN ", "CineRate": "25"}, 40),
        ({"FrameIncrementPointer": FRAME_TIME, "FrameTime": b"1e99"}, LONGEST_MS),
        ({"FrameIncrementPointer": FRAME_TIME, "FrameTime": "0.00001"}, SHORTEST_MS),
        ({"FrameIncrementPointer": FRAME_TIME_VECTOR, "CineRate": "25"}, 40),
        ({"FrameIncrementPointer": FRAME_TIME_VECTOR, "FrameTimeVector": ["0", "0", "-3"], "CineRate": "25"}, 40),
        ({"FrameIncrementPointer": FRAME_TIME_VECTOR, "FrameTimeVector": ["0", "40", "40"]}, 40),
        ({"FrameIncrementPointer": [FRAME_TIME_VECTOR, FRAME_TIME], "FrameTime": "20"}, 20),
        ({"CineRate": "1000000000"}, SHORTEST_MS),
        ({"CineRate": "0", "RecommendedDisplayFrameRate": "-1"}, DEFAULT_FRAME_MS),
        ({"CineRate": "10"}, 100),
        ({"ActualFrameDuration": "20", "FrameDelay": "7", "FrameTime": "50"}, 50),
    ],
)
def test_the_first_source_that_gives_a_time(
    timing: Callable[..., FrameTiming | None], attributes: dict[str, object], milliseconds: float
) -> None:
    """Frame Increment Pointer, then the recommended rate, then the cine rate, then a time that no pointer names."""
    found = timing(3, **attributes)
    assert found is not None
    assert found.durations_ms(3) == pytest.approx((milliseconds,) * 3)
    assert not found.increments


def test_objects_that_say_nothing(timing: Callable[..., FrameTiming | None]) -> None:
    """Without any time, and with one frame, there is nothing to keep."""
    assert timing(3) is None
    assert timing(3, ActualFrameDuration="20", FrameDelay="7") is None
    assert timing(1, FrameIncrementPointer=FRAME_TIME, FrameTime="40") is None
    assert FrameTiming().durations_ms(2) == (100, 100)


@pytest.mark.parametrize(
    ("vector", "durations"),
    [
        (["0", "10", "20.5", "30"], (10, 20.5, 30, 30)),
        (["0", "10", "20"], (10, 20, 20, 20)),
        (["0", "10"], (10, 10, 10, 10)),
        (["0", "10", "20", "30", "40", "50"], (10, 20, 30, 30)),
        (["10", "20", "30"], (10, 20, 30, 30)),
        (["0", "0", "20", "-4"], (20, 20, 20, 20)),
        (["0", "10", "1e9", "20"], (10, LONGEST_MS, 20, 20)),
        (b"0\\10\\what\\30\\ ", (10, 10, 30, 30)),
        (b"0\\10\\inf\\NaN ", (10, 10, 10, 10)),
    ],
)
def test_vectors(
    timing: Callable[..., FrameTiming | None], vector: list[str] | bytes, durations: tuple[float, ...]
) -> None:
    """Each increment is that from the frame before; the last frame is shown as long as the one before it."""
    found = timing(4, FrameIncrementPointer=FRAME_TIME_VECTOR, FrameTimeVector=vector)
    assert found is not None
    assert found.durations_ms(4) == pytest.approx(durations)


def test_a_long_vector_is_read_whole(timing: Callable[..., FrameTiming | None]) -> None:
    """A vector that is longer than 64 KiB has an increment for each of its frames."""
    count = 6000
    vector = [0.0, *(20 + (number % 7) / 7 for number in range(1, count))]
    text = "\\".join(f"{value:.12f}"[:16] for value in vector).encode()
    found = timing(count, FrameIncrementPointer=FRAME_TIME_VECTOR, FrameTimeVector=text + b" " * (len(text) % 2))
    assert found is not None
    assert found.durations_ms(count)[:-1] == pytest.approx(vector[1:])


@pytest.mark.parametrize(
    ("attributes", "order"),
    [
        ({}, (1, 2, 3, 4, 5)),
        ({"PreferredPlaybackSequencing": 1}, (1, 2, 3, 4, 5, 4, 3, 2)),
        ({"StartTrim": "2", "StopTrim": "4"}, (2, 3, 4)),
        ({"StartTrim": "2", "StopTrim": "4", "PreferredPlaybackSequencing": 1}, (2, 3, 4, 3)),
        ({"StopTrim": "3"}, (1, 2, 3)),
        ({"StartTrim": "4"}, (4, 5)),
        ({"StartTrim": "4", "StopTrim": "2"}, (1, 2, 3, 4, 5)),
        ({"StartTrim": "0", "StopTrim": "99"}, (1, 2, 3, 4, 5)),
        ({"StartTrim": "3", "StopTrim": "3", "PreferredPlaybackSequencing": 1}, (3,)),
    ],
)
def test_order(
    timing: Callable[..., FrameTiming | None], attributes: dict[str, object], order: tuple[int, ...]
) -> None:
    """Trims leave frames out, a sweep goes back to the second frame, and trims that cannot be are not followed."""
    found = timing(5, CineRate="20", **attributes)
    assert found is not None
    assert found.order(5) == order


def test_a_sweep_takes_as_long_backwards_as_forwards(timing: Callable[..., FrameTiming | None]) -> None:
    """On the way back each frame lasts as long as it took to come from the one before it."""
    vector = ["0", "10", "20", "30"]
    found = timing(4, FrameIncrementPointer=FRAME_TIME_VECTOR, FrameTimeVector=vector, PreferredPlaybackSequencing=1)
    assert found is not None
    assert found.round(4) == ((1, 10), (2, 20), (3, 30), (4, 30), (3, 20), (2, 10))
    loop = msgspec.structs.replace(found, sweep=False)
    assert loop.round(4) == ((1, 10), (2, 20), (3, 30), (4, 30))


@given(
    timing=st.builds(
        FrameTiming,
        frame_ms=st.floats(SHORTEST_MS, LONGEST_MS),
        increments=st.lists(st.floats(1, 1000, width=32), max_size=9).map(
            lambda values: np.array(values, "<f4").tobytes()
        ),
        sweep=st.booleans(),
        start=st.integers(0, 12),
        stop=st.integers(0, 12),
    ),
    count=st.integers(0, 10),
)
def test_every_round_is_made_of_frames_that_are_there(timing: FrameTiming, count: int) -> None:
    """Whatever a record says, a round has numbers from 1 to the last, each with a time above 0."""
    durations = timing.durations_ms(count)
    assert len(durations) == count
    found = timing.round(count)
    assert tuple(number for number, _ in found) == timing.order(count)
    assert len(found) == timing.length(count)
    assert bool(found) == (count > 0)
    assert all(1 <= number <= count and duration >= SHORTEST_MS for number, duration in found)


def test_the_length_of_a_round_costs_nothing() -> None:
    """How many frames a round has is known before any is gone through: an object may claim millions of them."""
    began = time.process_time()
    assert FrameTiming(sweep=True).length(2_000_000_000) == 3_999_999_998
    assert time.process_time() - began < 0.1
