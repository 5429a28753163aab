"""How many objects a second are indexed in place: prints one table.

    python benchmarks/indexing.py [objects] [processes …]        (default: 2000 objects; 1 process, then one per core)

The objects are CT images of 512 by 512 with the header of a real one (over 200 attributes), each half a megabyte, read
from a warm disk. The second run finds all of them unchanged.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.uid import UID, ExplicitVRLittleEndian

from openwado.archive.file_store import FileStore
from openwado.archive.sqlite import SqliteIndex
from openwado.ingest import index_paths

if TYPE_CHECKING:
    from openwado.tally import Summary

PLACE_OF_NUMBER = UID("1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.10000000")


def make_objects(folder: Path, count: int) -> None:
    """Write as many CT images: pydicom's sample header with pixel data of the usual size."""
    dataset = dcmread(str(get_testdata_file("CT_small.dcm", download=False)))
    dataset.Rows = dataset.Columns = 512
    dataset.PixelData = os.urandom(2 * 512 * 512)
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = PLACE_OF_NUMBER
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    template = folder / "template"
    dataset.save_as(template, enforce_file_format=True)
    head, pixels = template.read_bytes()[: -2 * 512 * 512], dataset.PixelData
    template.unlink()
    for number in range(count):
        place = folder / f"{number // 100:04d}" / f"IM{number:06d}.dcm"
        place.parent.mkdir(exist_ok=True)
        uid = f"{PLACE_OF_NUMBER[:-8]}{10_000_000 + number}"
        place.write_bytes(head.replace(PLACE_OF_NUMBER.encode(), uid.encode()) + pixels)


def measure(folder: Path, processes: int) -> tuple[Summary, Summary]:
    """Index a folder twice: everything is new, then nothing is."""
    with tempfile.TemporaryDirectory(prefix="openwado-benchmark-") as data:
        index = SqliteIndex(Path(data) / "index.sqlite")
        first = index_paths([folder], index, FileStore(), processes=processes)
        again = index_paths([folder], index, FileStore(), processes=processes)
        index.close()
    return first, again


def main() -> None:
    """Measure with the numbers given on the command line."""
    numbers = [int(text) for text in sys.argv[1:]]
    count, processes = (numbers or [2000])[0], numbers[1:] or [1, len(os.sched_getaffinity(0))]
    with tempfile.TemporaryDirectory(prefix="openwado-benchmark-") as folder:
        make_objects(Path(folder), count)
        print("processes | objects | objects/s | unchanged/s")
        for number in processes:
            first, again = measure(Path(folder), number)
            new, old = first.indexed / first.seconds, again.unchanged / again.seconds
            print(f"{number:9} | {first.indexed:7} | {new:9.0f} | {old:11.0f}")


if __name__ == "__main__":
    main()
