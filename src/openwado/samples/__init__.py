"""Sample objects, drawn by arithmetic: phantoms of everything that the server can show, and of nobody.

The pictures are computed here; no file comes from anywhere else, and no person is behind any name. They are under the
project's own licence, Apache-2.0, like its code. The same program writes the same bytes each time.
"""

from __future__ import annotations

import shutil
import tempfile
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from openwado.samples.angiography import angiography
from openwado.samples.attributes import Sample, Series, Study
from openwado.samples.chart import charts
from openwado.samples.chest import chest
from openwado.samples.presentation_state import presentation_state
from openwado.samples.records import electrocardiogram, report
from openwado.samples.scintigraphy import scintigraphy
from openwado.samples.tomography import ct, mr, pet
from openwado.samples.ultrasound import ultrasound

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = Study(
    "head", "Sample^Phantom^A", "SAMPLE-A", "O", "20000101", "20260112", "091500", "CT and PET of a head phantom"
)
HEAD_CT = Series(HEAD, 1, "CT", "Head 5 mm")
BRAIN = Study(
    "brain", "Yangben^Tu=样本^图", "SAMPLE-B", "F", "20000202", "20260114", "103000", "头部磁共振 MR of a head"
)
CHEST = Study("chest", "Sample^Phantom^C", "SAMPLE-C", "M", "20000303", "20260116", "114500", "Chest phantom")
HEART = Study("heart", "Sample^Phantom^D", "SAMPLE-D", "F", "20000404", "20260119", "140000", "Heart phantom")
SKELETON = Study(
    "skeleton", "Sample^Phantom^E", "SAMPLE-E", "M", "20000505", "20260121", "153000", "Skeleton phantom and charts"
)


def make_samples(folder: Path) -> None:
    """Write the sample objects into a folder that is there only when all of them are; nothing is done if it is.

    Args:
        folder: made, with those above it.

    Raises:
        OSError: it cannot be written; nothing of it stays.
    """
    if folder.exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))
    try:
        write_samples(unfinished)
        unfinished.chmod(0o755)
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def write_samples(folder: Path) -> list[Path]:
    """Write the sample objects, and return their paths in order.

    27 objects in five studies, about 11 MB: CT (native, signed), MR (JPEG-LS, JPEG 2000), PET (big endian),
    DX (JPEG lossless, MONOCHROME1), a colour ultrasound loop (JPEG baseline), an XA run (display shutter, overlays),
    NM (PALETTE COLOR, two frames), a colour chart (RLE), a grey chart (deflated), a Basic Text SR, an ECG, and a
    presentation state of a CT slice.

    Args:
        folder: where to put them, made if it is missing; files of the same names are written over.

    Raises:
        OSError: the folder cannot be written.
    """
    paths = []
    for made in _samples():
        path = folder / made.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made.data)
        paths.append(path)
    return paths


def _samples() -> Iterator[Sample]:
    return chain(
        ct(HEAD),
        pet(HEAD),
        report(HEAD, HEAD_CT),
        presentation_state(HEAD, HEAD_CT),
        mr(BRAIN),
        chest(CHEST),
        ultrasound(HEART),
        electrocardiogram(HEART),
        angiography(HEART),
        scintigraphy(SKELETON),
        charts(SKELETON),
    )
