"""In which order tests run, and by how many processes: the long ones first, so that none is left alone at the end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What takes long, the longest first: groups that share what they start, and modules.
LONG: Final = (
    "ceph",
    "test_render_reference",
    "stow",
    "corridor-large-results",
    "corridor-renditions",
    "store_scp",
    "test_faults",
    "dicom_peers",
    "corpus",
    "corridor",
    "hostile",
    "corridor-files",
    "documents",
    "motion",
    "presentation_states",
    "stored_video",
    "clients",
    "doors",
    "transport",
    "lists in browser",
    "audit",
    "authentication",
    "secured access",
    "statement",
    "revocation",
    "handing on",
    "composer",
    "azure",
    "manual in a browser",
)

_PLACE: Final = {name: place for place, name in enumerate(LONG)}


def names_of(item: pytest.Item) -> Iterable[str]:
    """Return the names by which a test may be in the table."""
    yield from (marker.args[0] for marker in item.iter_markers("xdist_group"))
    yield item.path.stem


def place_of(item: pytest.Item) -> int:
    """Return a test's place by its group or module; those that have none come after all that have."""
    return min((_PLACE.get(name, len(LONG)) for name in names_of(item)), default=len(LONG))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the long ones first; modules stay together, as do all of one place.

    Each gets the name of its group, by which xdist gives a group to one process. What xdist 3.8 does for that, pytest
    has not seen since 9.2: the name is in another place there.
    """
    items.sort(key=place_of)
    if getattr(config.option, "loadgroup", False):
        for item in items:
            group = "_".join(sorted(marker.args[0] for marker in item.iter_markers("xdist_group")))
            if group and hasattr(item, "_id"):
                item._id = item._id.parse(f"{item.nodeid}@{group}")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Have half as many processes again as there are cores: tests of servers wait for these half of their time."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    return max(2, len(os.sched_getaffinity(0)) * 3 // 2)
