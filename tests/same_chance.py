"""Numbers drawn by chance are the same in each run of a test, whichever tests ran before it in the process."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from types import ModuleType

_STARTS: dict[str, dict[str, Any]] = {}


def reset_chance(module: ModuleType) -> None:
    """Put the generators among a module's names back to where they were when this was first asked of the module."""
    generators = {name: found for name, found in vars(module).items() if isinstance(found, np.random.Generator)}
    starts = _STARTS.setdefault(
        module.__name__, {name: deepcopy(found.bit_generator.state) for name, found in generators.items()}
    )
    for name, generator in generators.items():
        generator.bit_generator.state = deepcopy(starts[name])


@pytest.fixture(autouse=True)
def same_chance(request: pytest.FixtureRequest) -> None:
    """Start a test with its module's generators as the import left them."""
    reset_chance(request.module)
