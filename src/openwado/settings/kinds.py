"""What kinds of values settings can have."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

Port = Annotated[int, Meta(ge=0, le=65535)]
Count = Annotated[int, Meta(ge=1)]
#: A slip of the finger should not start more than any machine can bear.
Processes = Annotated[int, Meta(ge=0, le=256)]
CountOrNone = Annotated[int, Meta(ge=0)]
#: Entries with names and values; whoever uses the setting knows which there are, and of what type.
Tables = tuple[dict[str, object], ...]
Seconds = Annotated[float, Meta(gt=0)]
