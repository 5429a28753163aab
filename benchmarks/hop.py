"""What it costs to have a job done in a render process instead of here: CPU and wall time of the hop alone.

    python benchmarks/hop.py

The jobs do nothing but return bytes, so all that is measured is the way there and back: the job and the rendition
written and read, the pipe, the event loop, the wake-ups. Beside it the same through concurrent.futures.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import uvloop

from openwado.dicom.image_pixel import ImagePixel
from openwado.dicom.instance import FrameEntry, Instance, Stamp
from openwado.dicom.picture_record import FrameAttributes, Picture, StoredWindow
from openwado.jobs import PictureJob, Rendition
from openwado.server.options import PoolOptions
from openwado.server.render_pool import RenderPool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from openwado.jobs import Job

SIZES = (5_000, 200_000, 15_000_000)
ROUNDS = 1500

#: The hop may cost this much CPU in sum, milliseconds, for a small answer and for a usual one.
ALLOWED = 0.4


def producer() -> Callable[[Job], Rendition]:
    """Give what does the jobs: so many bytes as the box has columns, and the CPU time used so far as a media type."""
    return _produce


def _produce(job: Job) -> Rendition:
    size = job.columns or 0 if isinstance(job, PictureJob) else 0
    return Rendition(repr(time.process_time()), (bytes(size),))


def job_of(size: int) -> PictureJob:
    """Return a job as a CT picture has it."""
    pixel = ImagePixel(
        rows=512,
        columns=512,
        samples_per_pixel=1,
        photometric_interpretation="MONOCHROME2",
        bits_allocated=16,
        bits_stored=12,
        high_bit=11,
        pixel_representation=1,
        planar_configuration=0,
        number_of_frames=1,
        element="PixelData",
    )
    grey = FrameAttributes(rescale_slope=1.0, rescale_intercept=-1024.0, windows=(StoredWindow(40, 400),))
    instance = Instance(
        study_instance_uid="1.2.826.0.1.3680043.8.498.1" * 2,
        series_instance_uid="1.2.826.0.1.3680043.8.498.2" * 2,
        sop_instance_uid="1.2.826.0.1.3680043.8.498.3" * 2,
        sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
        transfer_syntax_uid="1.2.840.10008.1.2.4.90",
        family="image",
        number_of_frames=1,
        time_based=False,
        key="/data/archive/2026/11/22/head/series-2/image-0001.dcm",
        stamp=Stamp(525_000, 1_790_000_000_000_000_000, 1_790_000_000_000_000_000, 12345),
        version="0123456789abcdef0123456789abcdef",
        dataset_offset=340,
        part10=True,
        picture=Picture(image_pixel=pixel, frame_attributes=grey),
    )
    return PictureJob(instance, FrameEntry(1200, 524_288), 1, grey, "image/jpeg", columns=size)


async def _measure(name: str, size: int, run: Callable[[PictureJob], Awaitable[Rendition]]) -> float:
    """Run jobs one after another, print a line, and return CPU milliseconds a job in both processes together."""
    job = job_of(size)
    rounds = ROUNDS if size < 1_000_000 else ROUNDS // 20
    first = await run(job)
    for _ in range(20):
        first = await run(job)
    walls: list[float] = []
    began, last = time.process_time(), first
    for _ in range(rounds):
        start = time.perf_counter()
        last = await run(job)
        walls.append(time.perf_counter() - start)
    here = (time.process_time() - began) / rounds * 1000
    there = (float(last.media_type) - float(first.media_type)) / rounds * 1000
    wall = statistics.median(walls) * 1000
    print(f"{name:>20} {size:>12,} {here:>10.3f} {there:>10.3f} {here + there:>10.3f} {wall:>10.3f}")
    return here + there


async def _with_pool() -> dict[int, float]:
    pool = RenderPool(PoolOptions(producer="hop:producer", processes=1))
    pool.start()

    async def run(job: PictureJob) -> Rendition:
        return await pool.submit(job)

    try:
        return {size: await _measure("openwado", size, run) for size in SIZES}
    finally:
        await pool.stop()


async def _with_futures() -> None:
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(1, get_context("forkserver")) as executor:
        for size in SIZES:
            await _measure("concurrent.futures", size, lambda job: loop.run_in_executor(executor, _produce, job))


def main() -> int:
    """Print the table; 1 if the hop costs more than it may."""
    sys.path.insert(0, str(Path(__file__).parent))
    print(f"{'':>20} {'bytes':>12} {'CPU here':>10} {'CPU there':>10} {'CPU':>10} {'wall':>10}  (ms a job)")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        costs = runner.run(_with_pool())
        runner.run(_with_futures())
    return int(max(costs[SIZES[0]], costs[SIZES[1]]) > ALLOWED)


if __name__ == "__main__":
    sys.exit(main())
