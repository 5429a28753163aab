"""What is made ahead, and in which order."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from openwado.dicom.instance import FrameEntry, Instance, Stamp
from openwado.dicom.picture_record import FrameAttributes
from openwado.jobs import PictureJob
from openwado.lanes import Lane
from openwado.retrieve import Prepared
from openwado.server.lookups import Lookups
from openwado.server.prefetch import Prefetch

if TYPE_CHECKING:
    from openwado.access.permission import Permission


class Walks:
    """Foretells what the frame number says: frame 10 is followed by 11, 12 and 13."""

    def step(self, location: str, instance: Instance, frame_number: int) -> list[str]:
        """Foretell."""
        del location, instance
        return [str(frame_number + number) for number in (1, 2, 3)]


class Renditions:
    """Makes one thing at each tick of `go`, and notes it."""

    are_kept = True

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.go = asyncio.Semaphore(0)

    async def prefetch(self, prepared: Prepared) -> None:
        """Note what is made."""
        self.begun.append(prepared.etag)
        await self.go.acquire()


class Preparer:
    """Understands a query that is a frame number."""

    def prepare(
        self,
        query: str,
        accept: str | None,
        accept_charset: str | None,
        accept_language: str | None = None,
        permission: Permission | None = None,
    ) -> Prepared:
        """Prepare."""
        del accept, accept_charset, accept_language, permission
        instance = Instance(
            study_instance_uid="1.2.3",
            series_instance_uid="1.2.3.4",
            sop_instance_uid="1.2.3.4.5",
            sop_class_uid="1.2.840.10008.5.1.4.1.1.7",
            transfer_syntax_uid="1.2.840.10008.1.2.4.90",
            family="image",
            number_of_frames=99,
            time_based=False,
            key="a",
            stamp=Stamp(0, 0, 0, 0),
            version="0",
            dataset_offset=0,
            part10=True,
        )
        job = PictureJob(instance, FrameEntry(0, 0), int(query), FrameAttributes(), "image/png")
        return Prepared(instance, job, Lane.CODEC, "image/png", query, f"/wado?frameNumber={query}", ())


def _asked(prefetch: Prefetch, frame_number: int) -> None:
    prefetch.asked(Preparer().prepare(str(frame_number), None, None))


def test_the_newest_step_replaces_what_is_left_of_the_one_before() -> None:
    """A client that has gone on meanwhile is followed there; nothing is made of the way that it has left."""

    async def check() -> None:
        state = SimpleNamespace(busy=0, processes=2, waiting=0)
        renditions = Renditions()
        prefetch = Prefetch(
            Preparer(), cast("Any", renditions), cast("Any", SimpleNamespace(state=state)), cast("Any", Walks())
        )
        _asked(prefetch, 10)
        await asyncio.sleep(0)
        assert renditions.begun == ["11"]
        _asked(prefetch, 20)
        for _ in range(3):
            renditions.go.release()
            await asyncio.sleep(0.01)
        assert renditions.begun == ["11", "21", "22", "23"]
        state.busy = 2
        _asked(prefetch, 30)
        renditions.go.release()
        await asyncio.sleep(0.01)
        assert renditions.begun == ["11", "21", "22", "23"], "nothing is begun where others need the processor"
        await prefetch.stop()
        _asked(prefetch, 40)
        assert len(renditions.begun) == 4

    asyncio.run(check())


def test_steps_are_taken_aside_where_the_index_is_elsewhere() -> None:
    """No request waits for what foretells the next: it is asked in a thread, and one question at a time."""

    async def check() -> None:
        loop_thread, asked_in = threading.get_ident(), []

        class SlowWalks(Walks):
            """Notes where it is asked."""

            def step(self, location: str, instance: Instance, frame_number: int) -> list[str]:
                """Foretell as ever."""
                asked_in.append(threading.get_ident())
                return super().step(location, instance, frame_number)

        state = SimpleNamespace(busy=0, processes=2, waiting=0)
        renditions, lookups = Renditions(), Lookups(in_threads=True)
        prefetch = Prefetch(
            Preparer(),
            cast("Any", renditions),
            cast("Any", SimpleNamespace(state=state)),
            cast("Any", SlowWalks()),
            lookups,
        )
        _asked(prefetch, 10)
        _asked(prefetch, 20)
        while not renditions.begun:  # noqa: ASYNC110 -- it is understood in another thread
            await asyncio.sleep(0.01)
        assert renditions.begun == ["11"]
        assert len(asked_in) == 1
        assert loop_thread not in asked_in
        await prefetch.stop()
        lookups.close()

    asyncio.run(check())
