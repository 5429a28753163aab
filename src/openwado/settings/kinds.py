"""What numbers settings can have."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

Port = Annotated[int, Meta(ge=0, le=65535)]
Count = Annotated[int, Meta(ge=1)]
#: A slip of the finger should not start more than any machine can bear.
Processes = Annotated[int, Meta(ge=0, le=256)]
CountOrNone = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(gt=0)]
