"""How waveforms of each kind are drawn: the speed of the paper and the gain, as their readers know them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_STORAGE: Final = "1.2.840.10008.5.1.4.1.1.9."

#: Millimetres of paper for a millivolt; the first with which the traces have room.
_ECG_GAINS: Final = (10.0, 5.0, 2.5, 1.0, 0.5)
#: The same for an electroencephalogram: 7, 10, 15 … µV to a millimetre.
_EEG_GAINS: Final = tuple(1000.0 / microvolts for microvolts in (7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 500, 1000))
_ANY_SPEED: Final = tuple(lead * 10.0**power for power in range(3, -7, -1) for lead in (5.0, 2.5, 1.0))


@dataclass(frozen=True, slots=True)
class Kind:
    """How waveforms of one kind are drawn.

    Attributes:
        label: what they are called: a key of `openwado.document.labels`.
        speeds: mm for a second, the usual one first; slower ones for what is long.
        gains: mm for a millivolt, of all channels alike; () for what fits each channel.
        has_paper: whether they are drawn on millimetre paper.
        row_height: of a channel, mm, where there is room.
        share: of its row's height that a trace may take before a smaller one of the gains is taken.
        pages: that may be filled before a slower speed is taken.
    """

    label: str
    speeds: tuple[float, ...]
    gains: tuple[float, ...] = ()
    has_paper: bool = False
    row_height: float = 30.0
    share: float = 0.95
    pages: int = 4


_ECG: Final = Kind("electrocardiogram", (25.0, 12.5, 5.0), _ECG_GAINS, has_paper=True)
_AMBULATORY: Final = Kind(
    "ambulatory electrocardiogram", (25.0, 12.5, 5.0), _ECG_GAINS, has_paper=True, row_height=20.0
)
_SLEEP: Final = Kind("sleep electroencephalogram", (10.0, 5.0, 2.5), _EEG_GAINS, row_height=20.0, share=2.0)
_AUDIO: Final = Kind("audio", _ANY_SPEED, row_height=50.0, pages=1)
_OTHER: Final = Kind("waveform", (25.0, *(speed for speed in _ANY_SPEED if speed < 25.0)), row_height=40.0)  # noqa: PLR2004 -- mm/s

#: By what follows the root of the waveform SOP Classes (PS3.4 B.5).
_KINDS: Final = {
    "1.1": Kind("twelve-lead electrocardiogram", _ECG.speeds, _ECG_GAINS, has_paper=True),
    "1.2": _ECG,
    "1.3": _AMBULATORY,
    "1.4": _ECG,
    "2.1": Kind("hemodynamic waveforms", (25.0, 12.5, 5.0), row_height=50.0),
    "3.1": Kind("electrophysiology", (100.0, 50.0, 25.0, 10.0, 5.0), row_height=25.0),
    "4.1": _AUDIO,
    "4.2": _AUDIO,
    "5.1": Kind("arterial pulse", (25.0, 12.5, 5.0, 2.5, 1.0), row_height=50.0),
    "6.1": Kind("respiration", (12.5, 5.0, 2.5, 1.0), row_height=50.0),
    "6.2": Kind("respiration", (12.5, 5.0, 2.5, 1.0), row_height=50.0),
    "7.1": Kind("electroencephalogram", (30.0, 15.0, 7.5), _EEG_GAINS, row_height=20.0, share=2.0),
    "7.2": Kind("electromyogram", (100.0, 50.0, 25.0, 10.0, 5.0), row_height=30.0),
    "7.3": Kind("electrooculogram", (30.0, 15.0, 7.5), row_height=30.0),
    "7.4": _SLEEP,
    "8.1": Kind("body position", _ANY_SPEED[3:], row_height=30.0, pages=1),
}


def kind_of(sop_class_uid: str) -> Kind:
    """Return how waveforms of a SOP Class are drawn."""
    return _KINDS.get(sop_class_uid.removeprefix(_STORAGE), _OTHER)
