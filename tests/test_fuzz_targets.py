"""The readers that `make fuzz` fuzzes, with what is known to be hostile and a few examples of what comes near."""

from __future__ import annotations

import functools
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz_targets import TARGETS, seeds

#: Few in tests; `make fuzz` asks for many.
EXAMPLES = int(os.environ.get("OPENWADO_FUZZ_EXAMPLES", "40"))


@functools.cache
def known(target: str) -> list[bytes]:
    """Return the seeds of a target, made once."""
    return seeds(target)


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_known_to_be_hostile_is_read_or_refused(target: str) -> None:
    """No reader raises what it does not say that it raises."""
    for seed in known(target):
        TARGETS[target](seed)


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(found=st.data())
def test_what_comes_near_is_too(target: str, found: st.DataObject) -> None:
    """Bytes changed, cut out, doubled and mixed: read or refused."""
    data = bytearray(found.draw(st.sampled_from(known(target))))
    for _ in range(found.draw(st.integers(1, 4))):
        place = found.draw(st.integers(0, len(data)))
        kind = found.draw(st.sampled_from(("set", "cut", "put", "double")))
        if kind == "set":
            data[place : place + 1] = found.draw(st.binary(min_size=1, max_size=4))
        elif kind == "cut":
            del data[place : place + found.draw(st.integers(1, 40))]
        elif kind == "put":
            data[place:place] = found.draw(
                st.sampled_from((b"\xff\xff\xff\xff", b"\0\0", b"<script>alert", b"\r\n--b", b"%00"))
            )
        else:
            data[place:place] = data[place : place + 60]
    TARGETS[target](bytes(data))
