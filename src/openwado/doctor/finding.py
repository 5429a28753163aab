"""What was found."""

from __future__ import annotations

from typing import Literal

import msgspec

#: How it is: well; well, and worth knowing; works, but not for long or not well; does not work.
State = Literal["ok", "note", "warning", "fault"]


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at.

    Attributes:
        state: how it is.
        what: was looked at, a word or two.
        text: how it was found, a sentence.
        mend: what to do about it, a sentence; "" where nothing need be done.
    """

    state: State
    what: str
    text: str
    mend: str = ""
