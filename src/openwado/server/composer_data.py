"""What the composer's script needs to know, as JSON: it holds no fact that is not in a table of the server."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from openwado.protocol.parameters import REFUSED_BESIDE_PRESENTATION
from openwado.server.composer_offer import CONTROLLED
from openwado.server.composer_start import OVERVIEW
from openwado.server.composer_state import WRITTEN
from openwado.server.response_head import SUFFIXES
from openwado.server.warning_sentences import SENTENCES

if TYPE_CHECKING:
    from openwado.dicom.instance import Instance
    from openwado.server.composer_state import State
    from openwado.server.composer_view import Asking, ComposerView
    from openwado.server.page_wording import Wording

#: Keys of words that the script says, with the values that it puts in.
SAID: Final = (
    *("asking", "refused", "no answer", "cannot show", "not played", "go to", "leave out", "download", "open it"),
    *("warned", "link until", "play", "pause", "off presentation", "off lossless syntax", "right types"),
    *("stage help window", "stage help region", "download dicom"),
)
_BLANKS: Final = {name: f"{{{name}}}" for name in ("n", "type", "name", "text", "time", "size", "types")}


def data_of(  # noqa: PLR0913 -- what the view does not hold
    view: ComposerView,
    asking: Asking,
    instance: Instance,
    start: State,
    *,
    window: tuple[float, float] | None,
    words: str,
    asks_who: bool,
) -> Markup:
    """Return what the script needs, for an attribute in single quotes: JSON is full of double ones.

    Args:
        view: what the page shows.
        asking: who asks for what.
        instance: the record of the object.
        start: what is asked for at first.
        window: center and width to begin with; None where none acts.
        words: what the object shows.
        asks_who: whether it has to be known who asks.
    """
    reasons = {reason for one in view.offer.media for reason in one.off.values()}
    data: dict[str, Any] = {
        "wado": f"{asking.links.root}{asking.links.wado_path}",
        "origin": asking.origin,
        "framed": asking.links.document(instance),
        "links": f"{asking.links.root}/links",
        "uids": {
            "studyUID": instance.study_instance_uid,
            "seriesUID": instance.series_instance_uid,
            "objectUID": instance.sop_instance_uid,
        },
        "written": WRITTEN,
        "besidePresentation": REFUSED_BESIDE_PRESENTATION,
        "media": [asdict(one) for one in view.offer.media],
        "lossy": [one.value for one in view.offer.syntaxes if one.lossy],
        "suffixes": SUFFIXES,
        "start": start,
        "state": view.state,
        "shown": view.shown,
        "frames": instance.number_of_frames,
        "cine": None if view.cine is None else asdict(view.cine),
        "window": window,
        "overview": OVERVIEW,
        "words": words,
        "asksWho": asks_who,
        "say": _sayings(asking.say, reasons),
        "warnings": [] if asking.say.language == "en" else SENTENCES,
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&#39;"))  # noqa: S704 -- escaped


def _sayings(say: Wording, reasons: set[str]) -> dict[str, str]:
    found = {key: say(key, **_BLANKS) for key in (*SAID, *sorted(reasons))}
    return found | {f"right {name}": say(f"right {name}") for name in CONTROLLED}
