"""A test that draws numbers draws the same ones wherever in a run it comes."""

import numpy as np
import pytest

CHANCE = np.random.default_rng(1)
CHANCE.integers(0, 100, 3)  # what an import draws


@pytest.mark.parametrize("time", [1, 2])
def test_each_test_draws_the_same_numbers(time: int) -> None:
    """The second one does not go on where the first one ended."""
    expected = np.random.default_rng(1)
    expected.integers(0, 100, 3)
    assert CHANCE.integers(0, 1 << 30, 20).tolist() == expected.integers(0, 1 << 30, 20).tolist(), time
