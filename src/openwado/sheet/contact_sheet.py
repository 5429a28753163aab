"""From files and folders to pages: every image below them, drawn as the server draws it."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from openwado.archive.file_store import path_of
from openwado.archive.folder import FoundFile, folder_prefix, roots_of, walk
from openwado.archive.reader_pool import TOO_LONG, Answer, PoolLimits, ReaderPool
from openwado.errors import RenderFailed, Unavailable
from openwado.sheet import tile
from openwado.sheet.page import Layout, Page
from openwado.sheet.tile import Drawn, Found, LeftOut, Refused, TileMaker, job_of, look, refused
from openwado.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from PIL.Image import Image

    from openwado.archive.archive import Archive
    from openwado.archive.store import Store
    from openwado.retrieve import Retriever

    OnProgress = Callable[[int, int], None]

#: Most frames of one object on a sheet: what an object says of their number may be a lie.
MOST_FRAMES = 1000

_PRELOAD = (tile.__name__,)

_seen: msgspec.msgpack.Decoder[Found | LeftOut] = msgspec.msgpack.Decoder(Found | LeftOut)
_made: msgspec.msgpack.Decoder[Drawn | Refused] = msgspec.msgpack.Decoder(Drawn | Refused)


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A file that holds an image: the store's key, how it is named on the sheet, and what was found."""

    key: str
    name: str
    found: Found


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a sheet shows.

    Attributes:
        layout: of its pages.
        frames: most frames of each object, spread from the first to the last; 0 for the default picture alone.
        window: center and width for grey images, else None.
    """

    layout: Layout
    frames: int = 0
    window: tuple[float, float] | None = None


class ContactSheet:
    """Makes a sheet, in several processes, so that a hostile file costs one tile and nothing else.

    Args:
        store: where the files are.
        wire: gives what prepares answers from an archive.
        processes: how many read and draw.
        limits: what one picture may cost.

    Attributes:
        left_out: counts files that are no images, with the reasons.
        refusals: counts tiles without a picture, with status and sentence.
    """

    def __init__(
        self, store: Store, wire: Callable[[Archive], Retriever], *, processes: int, limits: PoolLimits
    ) -> None:
        self.left_out = Tally()
        self.refusals = Tally()
        self._store = store
        self._wire = wire
        self._processes = processes
        self._limits = limits

    def find_images(self, paths: Sequence[str | os.PathLike[str]], on_progress: OnProgress) -> list[ImageFile]:
        """Read every file below the paths, and return those that hold images, in the order of their names.

        Args:
            paths: files and folders.
            on_progress: called with the number of files read, and of all.

        Raises:
            Unavailable: no process can be started.
        """
        roots = roots_of(paths)
        keys = self._files(roots)
        prefix = _common_folder(roots)
        images = []
        with self._pool(partial(look, self._store), PoolLimits()) as pool:
            for read, answer in enumerate(chain.from_iterable(pool.read_all(keys)), start=1):
                seen = LeftOut(answer.reason) if answer.data is None else _seen.decode(answer.data)
                if isinstance(seen, Found):
                    images.append(ImageFile(answer.key, answer.key.removeprefix(prefix), seen))
                else:
                    self.left_out.skip(answer.key, seen.reason)
                on_progress(read, len(keys))
        return images

    def draw_pages(self, images: Sequence[ImageFile], wishes: Wishes, on_progress: OnProgress) -> Iterator[Image]:
        """Give the pages in order, each as soon as it is full.

        Args:
            images: what is drawn.
            wishes: what the sheet shows.
            on_progress: called with the number of tiles drawn, and of all.

        Raises:
            Unavailable: no process can be started.
        """
        total = count_tiles(images, wishes)
        most = wishes.layout.tiles
        page = None
        tiles = zip(_plan(images, wishes), self._answers(images, wishes), strict=True)
        for done, ((image, frame_number), answer) in enumerate(tiles, start=1):
            page = page or Page(wishes.layout, min(most, total - done + 1))
            self._add(page, image, frame_number, answer)
            on_progress(done, total)
            if done % most == 0 or done == total:
                yield page.image
                page = None

    def _files(self, roots: Iterable[str]) -> list[str]:
        keys = []
        visited: set[tuple[int, int]] = set()
        for found in chain.from_iterable(walk(root, visited) for root in roots):
            if isinstance(found, FoundFile):
                keys.append(found.key)
            else:
                self.left_out.skip(found.key, found.reason)
        return keys

    def _answers(self, images: Sequence[ImageFile], wishes: Wishes) -> Iterator[Answer]:
        parameters = {"contentType": "image/png", "rows": str(wishes.layout.tile), "columns": str(wishes.layout.tile)}
        if wishes.window is not None:
            center, width = wishes.window
            parameters |= {"windowCenter": str(center), "windowWidth": str(width)}
        jobs = (job_of(image.key, number) for image, number in _plan(images, wishes))
        limits = replace(self._limits, ahead=wishes.layout.tiles)
        with tempfile.TemporaryDirectory(prefix="openwado-") as folder:
            maker = TileMaker(self._store, self._wire, Path(folder), parameters)
            with self._pool(maker, limits) as pool:
                yield from chain.from_iterable(pool.read_all(jobs))

    def _pool(self, read: Callable[[str], bytes], limits: PoolLimits) -> ReaderPool:
        return ReaderPool(read, processes=self._processes, limits=limits, preload=_PRELOAD)

    def _add(self, page: Page, image: ImageFile, frame_number: int, answer: Answer) -> None:
        name = f"{image.name} #{frame_number}" if frame_number else image.name
        label = (name, *image.found.lines)
        made = self._made_of(answer)
        if isinstance(made, Drawn):
            page.add_picture(made.png, label)
        else:
            page.add_refusal(made.status, made.sentence, label)
            self.refusals.skip(image.key, f"{made.status} {made.sentence}")

    def _made_of(self, answer: Answer) -> Drawn | Refused:
        if answer.data is not None:
            return _made.decode(answer.data)
        if answer.reason == TOO_LONG:
            return refused(Unavailable(f"Drawing it took longer than {self._limits.seconds:g} seconds."))
        return refused(RenderFailed("Drawing it ended the process."))


def frames_of(image: ImageFile, most: int) -> Sequence[int]:
    """Return the numbers of the frames that are shown of an image; 0 stands for its default picture."""
    frames = image.found.frames
    count = min(frames, most, MOST_FRAMES)
    if count <= 1:
        return (0,)
    return [1 + place * (frames - 1) // (count - 1) for place in range(count)]


def count_tiles(images: Sequence[ImageFile], wishes: Wishes) -> int:
    """Return how many tiles a sheet has."""
    return sum(len(frames_of(image, wishes.frames)) for image in images)


def _plan(images: Sequence[ImageFile], wishes: Wishes) -> Iterator[tuple[ImageFile, int]]:
    return ((image, number) for image in images for number in frames_of(image, wishes.frames))


def _common_folder(roots: Sequence[str]) -> str:
    """Return the prefix of all keys that says nothing about which file it is."""
    folders = [root if Path(path_of(root)).is_dir() else str(Path(root).parent) for root in roots]
    return folder_prefix(os.path.commonpath(folders))
