"""What the page of an object shows of the composer, and who asks for it: values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markupsafe import Markup

from openwado.protocol.media import DICOM
from openwado.protocol.parameters import EVERY_PARAMETER
from openwado.render.encode import DEFAULT_JPEG_QUALITY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from openwado.access.permission import Permission
    from openwado.access.rights import Rights
    from openwado.protocol.parameters import Parameter
    from openwado.server.composer_offer import MediaOffer, Offer, Shows
    from openwado.server.composer_state import State
    from openwado.server.composer_windows import Preset
    from openwado.server.page_cine import Cine
    from openwado.server.page_links import Links
    from openwado.server.page_wording import Wording


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the server says to a request that it does not answer.

    Attributes:
        status: of the answer.
        detail: its sentence, and language: that it is in.
        parameter: that is to blame; "" where none is.
        advice: what would be right, in the language of the page.
    """

    status: int
    detail: str
    language: str
    parameter: str
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks, and how: what the page's request says.

    Attributes:
        say: the words of the page.
        links: of the request.
        origin: scheme and authority, for addresses to copy.
        pairs: of the query.
        permission: what they may read; None: everything.
        rights: on the object; None: all.
    """

    say: Wording
    links: Links
    origin: str
    pairs: Sequence[tuple[str, str]]
    permission: Permission | None = None
    rights: Rights | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposerView:
    """What the page shows of the composer.

    Attributes:
        state: what is asked for, by parameter.
        path: WADO URL, path and query.
        framed: the same for a document in a frame, in the language of the page.
        url: the same, absolute.
        shown: how the answer is shown; "" where there is none.
        refusal: why there is none.
        copies: the URL as HTML, Markdown and curl, by these names.
        width, height: of the picture, pixels; 0 where not known.
        overview: WADO URL of the small whole picture; "" where there are no pictures.
        overview_size: its width and height, pixels.
        offer: what can be asked for.
        chosen: the type that is asked for; None where it is none of those offered.
        groups: types under headings.
        facts: parameters by name, with their bounds.
        grey: whether windows act.
        presets: windows, each with the address of the page that shows it.
        sizes: to choose, with addresses.
        names: of the types, for people.
        first, own_window, whole, own_size: addresses of the page as at first, without window, region, size.
        frame_page: returns the address of the page that shows another frame in the same way.
        frames: of the object.
        cine: how to play it.
        knows_state: whether the presentation state asked for is one that is offered.
        signs: hours that a link may live; 0: no link can be had.
        data: what the script needs, as JSON.
    """

    state: State
    path: str
    framed: str
    url: str
    shown: Shows | str
    refusal: Refusal | None
    copies: dict[str, str]
    width: int
    height: int
    overview: str
    overview_size: tuple[int, int]
    offer: Offer
    chosen: MediaOffer | None
    groups: list[tuple[str, list[MediaOffer]]]
    grey: bool
    presets: list[tuple[Preset, str]]
    sizes: list[tuple[str, str]]
    names: dict[str, str]
    frame_page: Callable[[int], str]
    first: str
    own_window: str
    whole: str
    own_size: str
    frames: int
    cine: Cine | None
    knows_state: bool
    signs: int
    data: Markup = Markup("")  # noqa: RUF009 -- a text, and as such frozen
    default_quality: int = DEFAULT_JPEG_QUALITY
    facts: dict[str, Parameter] = field(default_factory=lambda: {row.name: row for row in EVERY_PARAMETER})

    @property
    def has_dicom(self) -> bool:
        """Whether the object itself can be had."""
        return any(one.media_type == DICOM for one in self.offer.media)
