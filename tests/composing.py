"""What pages of objects are made with in tests: the program's own parts over any index and store."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from openwado.archive.archive import Archive
from openwado.ingest import reread
from openwado.lanes import RetrieveLimits
from openwado.retrieve import Retriever
from openwado.server.composer import Composer

if TYPE_CHECKING:
    from openwado.archive.index import Index
    from openwado.archive.store import Store


def composer_of(index: Index, store: Store) -> Composer:
    """Return a composer that asks what a server would ask."""
    archive = Archive(index, store, partial(reread, index, store))
    limits = RetrieveLimits(max_output_pixels=100_000_000, plain_lane_pixels=10_000_000)
    return Composer(Retriever(archive, service_path="/wado", renderer_version="test", limits=limits), store)
