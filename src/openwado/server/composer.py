"""The composer on the page of an object: what is asked for, what the server says to it, and what else there is to ask.

The page asks the very part of the program that prepares answers, so that it never says anything else than an answer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from openwado.errors import NotAcceptable, WadoError
from openwado.jobs import PictureJob
from openwado.render.viewport import output_size
from openwado.server.composer_copies import Copied, as_curl, as_html, as_markdown
from openwado.server.composer_data import data_of
from openwado.server.composer_offer import CONTROLLED, MediaOffer, Offer, Scope, is_grey, offer_of, shows
from openwado.server.composer_start import SIZES, overview_size, overview_state, start_state
from openwado.server.composer_state import WRITTEN, State, asked_state, page_query, wado_query
from openwado.server.composer_view import Asking, ComposerView, Refusal
from openwado.server.composer_windows import Windows, first_window
from openwado.server.page_cine import cine_of
from openwado.server.page_tiles import can_be_asked_for, can_be_drawn
from openwado.server.page_words import media_type_word
from openwado.server.problem_sentences import translated
from openwado.server.problems import kind_of

if TYPE_CHECKING:
    from openwado.access.authentication import Authentication
    from openwado.archive.index import InstanceRow
    from openwado.archive.store import Store
    from openwado.dicom.instance import Instance
    from openwado.retrieve import Prepared
    from openwado.server.exchange import Preparer
    from openwado.server.page_states import StateLink
    from openwado.server.page_wording import Wording

_HOUR: Final = 3600

#: Headings of the types, by what they show.
_GROUPS: Final[dict[Scope, str]] = {"frame": "this frame", "frames": "all frames", "object": "the object"}


class Composer:
    """Makes the view.

    Args:
        preparer: understands requests.
        store: where explanations of windows are read.
        extensions: parameters of our own that are switched on.
        longest_link: hours that a signed link may live; 0: none are signed.
        asks_who: whether it has to be known who asks.
    """

    def __init__(
        self,
        preparer: Preparer,
        store: Store,
        *,
        extensions: frozenset[str] = frozenset(),
        longest_link: int = 0,
        asks_who: bool = False,
    ) -> None:
        self._preparer = preparer
        self._windows = Windows(store)
        self._extensions = extensions
        self._longest_link = longest_link
        self._asks_who = asks_who

    def view(self, asking: Asking, row: InstanceRow, words: str, states: list[StateLink]) -> ComposerView | None:
        """Return the view of an object; None where no request can name it.

        Args:
            asking: who asks for what.
            row: the object.
            words: what it shows.
            states: presentation states for it.
        """
        instance = row.instance
        if not can_be_asked_for(instance):
            return None
        start = start_state(instance)
        state = _with_series(_asked(asking, start), states)
        query = wado_query(instance, state)
        offer = offer_of(instance, asking.rights, self._extensions, has_states=bool(states))
        chosen = _chosen(offer, state)
        prepared, refusal = self._prepared(asking, query, chosen)
        job = prepared.job if prepared is not None else None
        picture = job if isinstance(job, PictureJob) else None
        copied = _copied(asking, instance, state, prepared, words)
        drawn = can_be_drawn(instance)
        attributes = picture.frame_attributes if picture is not None else None

        def page(**changes: str) -> str:
            changed = {name: value for name, value in (state | changes).items() if value}
            return asking.links.instance(instance, None, **page_query(changed, start))

        view = ComposerView(
            state=state,
            path=f"{asking.links.root}{asking.links.wado_path}?{query}",
            framed=_framed(asking, instance, query),
            url=copied.url,
            shown=copied.shows if prepared is not None else "",
            refusal=refusal,
            copies={
                "html": as_html(copied),
                "markdown": as_markdown(copied),
                "curl": as_curl(copied, asks_who=self._asks_who),
            },
            width=copied.width,
            height=copied.height,
            overview=_overview(asking, instance, state) if drawn else "",
            overview_size=overview_size(instance),
            offer=offer,
            chosen=chosen,
            groups=_grouped(asking.say, offer),
            grey=drawn and is_grey(instance),
            presets=[
                (preset, page(windowCenter=preset.center, windowWidth=preset.width))
                for preset in self._windows.presets(asking.say, instance, attributes)
            ],
            sizes=[(str(side), page(rows=str(side), columns=str(side))) for side in SIZES],
            names={one.media_type: media_type_word(asking.say, one.media_type) for one in offer.media},
            frame_page=lambda number: page(frameNumber=str(number)),
            first=asking.links.instance(instance),
            own_window=page(windowCenter="", windowWidth=""),
            whole=page(region=""),
            own_size=page(rows="", columns=""),
            frames=instance.number_of_frames,
            cine=cine_of(instance) if drawn else None,
            knows_state=any(one.object_uid == state.get("presentationUID") for one in states),
            signs=self._longest_link if asking.rights is None or "sign" in asking.rights else 0,
        )
        window = first_window(instance, attributes)
        data = data_of(view, asking, instance, start, window=window, words=words, asks_who=self._asks_who)
        return replace(view, data=data)

    def _prepared(
        self, asking: Asking, query: str, chosen: MediaOffer | None
    ) -> tuple[Prepared | None, Refusal | None]:
        try:
            return self._preparer.prepare(query, None, None, None, asking.permission), None
        except WadoError as error:
            parameter = error.parameter or ""
            available = ", ".join(error.available) if isinstance(error, NotAcceptable) else ""
            advice = _advice(asking.say, chosen, parameter, available)
            detail, language = translated(error.public, asking.say.language)
            return None, Refusal(kind_of(error).status, detail, language, parameter, advice)


def longest_link_of(authentication: Authentication | None) -> int:
    """Return how many hours a signed link may live; 0 where none are signed."""
    if authentication is None or not authentication.links:
        return 0
    return authentication.longest_link // _HOUR


def _asked(asking: Asking, start: State) -> State:
    """Return what the page's address asks for, or what is asked for at first, in the frame that it names."""
    state = asked_state(asking.pairs)
    if state is not None:
        return state
    frame_number = next((value for name, value in asking.pairs if name in ("frame", "frameNumber") and value), "")
    return start | ({"frameNumber": frame_number} if frame_number and "frameNumber" in start else {})


def _with_series(state: State, states: list[StateLink]) -> State:
    """Return a state with the series of its presentation state, which a form does not send."""
    if "presentationUID" not in state or "presentationSeriesUID" in state:
        return state
    series = next((one.series_uid for one in states if one.object_uid == state["presentationUID"]), "")
    full = state | ({"presentationSeriesUID": series} if series else {})
    return {name: full[name] for name in WRITTEN if name in full}


def _copied(asking: Asking, instance: Instance, state: State, prepared: Prepared | None, words: str) -> Copied:
    """Return what is copied, and what is known of it."""
    media_type = prepared.media_type if prepared is not None else state.get("contentType", "")
    width, height = _size(prepared.job) if prepared is not None and isinstance(prepared.job, PictureJob) else (0, 0)
    return Copied(
        url=f"{asking.origin}{asking.links.root}{asking.links.wado_path}?{wado_query(instance, state)}",
        words=words,
        shows=shows(media_type),
        media_type=media_type,
        names_type="contentType" in state,
        width=width,
        height=height,
        uid=instance.sop_instance_uid,
    )


def _size(job: PictureJob) -> tuple[int, int]:
    """Return width and height of a picture; of one under a presentation state they are not known yet."""
    picture = job.instance.picture
    if picture is None or job.presentation_state is not None:
        return 0, 0
    height, width = output_size(picture, region=job.region, rows=job.rows, columns=job.columns, choices=job.choices)
    return width, height


def _framed(asking: Asking, instance: Instance, query: str) -> str:
    """Return the address of the answer as a frame of the page asks for it, in the page's language."""
    framed = asking.links.document(instance)
    return f"{framed}&{query}" if framed else f"{asking.links.root}{asking.links.wado_path}?{query}"


def _overview(asking: Asking, instance: Instance, state: State) -> str:
    query = wado_query(instance, overview_state(instance, state))
    return f"{asking.links.root}{asking.links.wado_path}?{query}"


def _advice(say: Wording, chosen: MediaOffer | None, parameter: str, available: str) -> str:
    """Return why a parameter has no place beside the type that is asked for, else what a right value of it is."""
    if available:
        return say("right types", types=available)
    if chosen is not None and parameter in chosen.off:
        words = chosen.off[parameter]
        return say(words, type=chosen.media_type)
    return say(f"right {parameter}") if parameter in CONTROLLED else ""


def _chosen(offer: Offer, state: State) -> MediaOffer | None:
    """Return the type that is asked for; of several frames it is another one than of one."""
    whole: Scope = "frame" if state.get("frameNumber") else "frames"
    named = [one for one in offer.media if one.media_type == state.get("contentType")]
    return next((one for one in named if one.scope in ("object", whole)), next(iter(named), None))


def _grouped(say: Wording, offer: Offer) -> list[tuple[str, list[MediaOffer]]]:
    found: dict[str, list[MediaOffer]] = {}
    for one in offer.media:
        found.setdefault(say(_GROUPS[one.scope]), []).append(one)
    return list(found.items())
