"""Windows worth trying on a picture: its own with what its object calls them, and the usual ones (PS3.3 C.11.2)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from openwado.dicom.block_reader import Unreadable
from openwado.dicom.reader import NotAnObject, parse
from openwado.server.composer_offer import is_grey
from openwado.server.page_words import decimal

if TYPE_CHECKING:
    from openwado.archive.store import Store
    from openwado.dicom.attributes import Attributes
    from openwado.dicom.instance import Instance, Stamp
    from openwado.dicom.picture_record import FrameAttributes
    from openwado.server.page_wording import Wording

#: Windows for CT, in Hounsfield units: what they are called (keys of the words), center, width.
CT_WINDOWS: Final = (
    ("window brain", 40, 80),
    ("window soft tissue", 40, 400),
    ("window lung", -600, 1500),
    ("window bone", 600, 2800),
    ("window angio", 300, 600),
)
#: Own windows that are offered, and objects whose explanations are remembered.
OWN_MAX: Final = 6
REMEMBERED: Final = 1024

_CENTER, _WIDTH, _EXPLANATION = 0x00281050, 0x00281051, 0x00281055
_SHARED_GROUPS, _FRAME_VOI_LUT = 0x52009229, 0x00289132


@dataclass(frozen=True, slots=True)
class Preset:
    """A window to choose: what it is called, center and width as WADO writes them."""

    name: str
    center: str
    width: str


Explained = dict[tuple[float, float], str]


class Windows:
    """Finds windows.

    Args:
        store: where explanations are read.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._explained = lru_cache(maxsize=REMEMBERED)(self._read)

    def presets(self, say: Wording, instance: Instance, attributes: FrameAttributes | None) -> list[Preset]:
        """Return windows to choose from; none where no window acts.

        Args:
            say: the words of the page.
            instance: the record of the object.
            attributes: in force for the frame that is shown; None: those of the object.
        """
        if instance.picture is None or not is_grey(instance):
            return []
        shown = attributes or instance.picture.frame_attributes
        explained = self._explanations(instance) if shown.windows else {}
        found = [
            Preset(
                explained.get((own.center, own.width)) or say("window own", n=str(number)),
                decimal(own.center),
                decimal(own.width),
            )
            for number, own in enumerate(shown.windows[:OWN_MAX], 1)
        ]
        if instance.picture.modality == "CT":
            usual = [Preset(say(key), decimal(center), decimal(width)) for key, center, width in CT_WINDOWS]
            own_values = {(one.center, one.width) for one in found}
            found += [one for one in usual if (one.center, one.width) not in own_values]
        elif shown.windows:
            own = shown.windows[0]
            found += [
                Preset(say("more contrast"), decimal(own.center), decimal(max(1.0, own.width / 2))),
                Preset(say("less contrast"), decimal(own.center), decimal(own.width * 2)),
            ]
        return found

    def _explanations(self, instance: Instance) -> Explained:
        try:
            return self._explained(instance.key, instance.stamp)
        except OSError:  # not remembered: it may be there the next time
            return {}

    def _read(self, key: str, stamp: Stamp) -> Explained:
        """Read what an object calls its windows; the stamp tells whether it is still the same one.

        Raises:
            OSError: it cannot be read.
        """
        try:
            with self._store.open(key) as stored:
                return _explanations(parse(stored).attributes) if stored.stamp() == stamp else {}
        except (NotAnObject, Unreadable):
            return {}


def _explanations(attributes: Attributes) -> Explained:
    """Return the names of windows: of the object, or of all its frames."""
    found: Explained = {}
    shared = attributes.first_item(_SHARED_GROUPS)
    for holder in (attributes, shared.first_item(_FRAME_VOI_LUT) if shared is not None else None):
        if holder is None:
            continue
        words = holder.decoded_text(_EXPLANATION, attributes.character_set()).split("\\")
        for center, width, name in zip(holder.decimals(_CENTER), holder.decimals(_WIDTH), words, strict=False):
            if center is not None and width is not None and name.strip():
                found[center, width] = name.strip()
    return found


def first_window(instance: Instance, attributes: FrameAttributes | None) -> tuple[float, float] | None:
    """Return center and width to begin with: the first window, else the whole range of values; None for colours."""
    picture = instance.picture
    if picture is None or not is_grey(instance):
        return None
    shown = attributes or picture.frame_attributes
    if shown.windows:
        return shown.windows[0].center, shown.windows[0].width
    pixel = picture.image_pixel
    least = -(1 << (pixel.bits_stored - 1)) if pixel.pixel_representation else 0
    slope, intercept = shown.rescale_slope or 1.0, shown.rescale_intercept
    count = 1 << pixel.bits_stored
    return (least + count / 2) * slope + intercept, max(1.0, count * abs(slope))
