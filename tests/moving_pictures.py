"""Frames for tests of moving pictures, and how much memory making them takes."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np

from openwado.render.raster import Raster

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

#: Written by a process of its own: peak memory in MiB after so many frames of 256 by 256.
MEASURE = """
import io, resource, sys
import numpy as np
sys.path[:0] = {path!r}
from moving_pictures import drifting
from openwado.render.raster import Raster
from openwado.render.animation import ANIMATION_ENCODERS, animate
from openwado.render.video import encode_video
class Sink(io.RawIOBase):
    def writable(self): return True
    def write(self, data): return len(data)
count, media_type = int(sys.argv[1]), sys.argv[2]
picture = drifting(0, 256, 256)
frames = ((Raster(np.roll(picture, 3 * number, axis=1)), 40.0) for number in range(count))
if media_type in ANIMATION_ENCODERS:
    for piece in animate(frames, media_type, count): pass
else:
    encode_video(frames, media_type, None, Sink())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def drifting(number: int, rows: int, columns: int) -> NDArray[np.uint8]:
    """Return a smooth grey picture that drifts to the left by three columns a frame, with its number in the corner."""
    y, x = np.mgrid[0:rows, 0:columns]
    picture: NDArray[np.float64] = 128 + 100 * np.sin((x + 3 * number) / 40) * np.cos(y / 50)
    picture[: rows // 8, : columns // 8] = number * 16 % 256
    return picture.astype(np.uint8)


def colored(number: int, rows: int, columns: int) -> NDArray[np.uint8]:
    """Return a colour picture, soft and drifting."""
    grey = drifting(number, rows, columns)
    return np.stack([grey, 255 - grey, grey // 2 + 60], axis=-1)


def shown(pictures: Sequence[NDArray[np.uint8]], durations_ms: Sequence[float]) -> Iterator[tuple[Raster, float]]:
    """Yield pictures as frames."""
    for picture, duration_ms in zip(pictures, durations_ms, strict=True):
        yield Raster(picture), duration_ms


def peak_mebibytes(media_type: str, count: int) -> float:
    """Return the peak memory of a process that makes a moving picture of so many frames."""
    code = MEASURE.format(path=[path for path in sys.path if path] + [__file__.rpartition("/")[0]])
    command = [sys.executable, "-c", code, str(count), media_type]
    return float(subprocess.run(command, capture_output=True, check=True, text=True, timeout=300).stdout)
