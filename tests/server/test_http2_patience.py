"""How long a client of HTTP/2 is waited for, on a clock of the test's own."""

from __future__ import annotations

from openwado.server.http2_frames import MOST_STREAMS
from openwado.server.http2_patience import TURN_BYTES, Patience

STALL = 120.0
MIB = 1 << 20


def lasts(*, others: float, own: float) -> float:
    """Return after how many seconds a client is given up, infinity if it is not in a day.

    Args:
        others: bytes a second that it takes of other answers.
        own: those that it takes of this one.
    """
    patience, moved = Patience(STALL, 0), 0
    for second in range(86400):
        if patience.is_over(moved):
            return second
        patience.waited(1.0, int(others))
        taken = int(own * (second + 1)) - int(own * second)
        patience.took(taken)
        moved += int(others) + taken
    return float("inf")


def test_the_slowest_client_that_is_waited_for_gets_all_it_asks_for_at_once() -> None:
    """A MiB altogether in the time of a stall, in turns of 64 KiB to a hundred answers."""
    patience, moved = Patience(STALL, 0), 0
    seconds = TURN_BYTES / (1.1 * MIB / STALL)  # of one turn
    for turn in range(3000):
        assert not patience.is_over(moved)
        is_own = turn % MOST_STREAMS == MOST_STREAMS - 1
        patience.waited(seconds, 0 if is_own else TURN_BYTES)
        moved += TURN_BYTES
        if is_own:
            patience.took(TURN_BYTES)


def test_a_connection_that_stalls_is_given_up() -> None:
    """Less than a MiB in its time, whichever answers it falls to."""
    assert lasts(others=0, own=0) == STALL
    assert lasts(others=MIB / STALL * 0.4, own=MIB / STALL * 0.4) == STALL


def test_an_answer_that_is_passed_over_is_given_up_whatever_else_moves() -> None:
    """Nothing, or a byte a second: soon where others take much, in bounded time where they take little."""
    for own in (0, 1):
        assert lasts(others=MIB, own=own) == STALL
        assert lasts(others=MIB / STALL * 1.1, own=own) < 13 * STALL
    assert lasts(others=MIB, own=1000) == float("inf")


def test_it_is_looked_at_again_in_time() -> None:
    """Not later than the time that is left; nor at once, where only others' bytes are wanting."""
    patience = Patience(STALL, 0)
    assert patience.left == STALL
    patience.waited(100.0, MIB)
    assert patience.left == STALL - 100
    assert not patience.is_over(MIB)
    patience.waited(20.0, 0)
    assert not patience.is_over(MIB)
    assert patience.left == STALL - 20
