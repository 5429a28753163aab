"""Limits of a server whose settings are small: each is answered by its status (docs/limits.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from made_objects import SERIES, STUDY, write_object

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

    from serving import RunningServer


def test_each_limit_is_answered_by_its_status(start_server: Callable[..., RunningServer], tmp_path: Path) -> None:
    """PS3.18 8.5: 400 where less could be asked for, 501 where only the server could do more, 414."""
    folder = tmp_path / "objects"
    noise = np.random.default_rng(1).integers(0, 4096, (6, 300, 300), np.uint16)
    for uid, frames, rows in (
        ("1.2.3.9.1", 6, 300),
        ("1.2.3.9.2", 7, 100),
        ("1.2.3.9.3", 3, 430),
        ("1.2.3.9.4", 1, 1000),
    ):
        pixels = np.resize(noise, (frames, rows, rows)).tobytes()
        write_object(
            folder / f"{uid}.dcm", uid, Rows=rows, Columns=rows, NumberOfFrames=frames, PixelData=pixels, BitsStored=12
        )
    server = start_server(
        folder,
        OPENWADO_MAX_URI_LENGTH="1000",
        OPENWADO_MAX_OUTPUT_PIXELS="200000",
        OPENWADO_MAX_DECODED_PIXELS="540000",
        OPENWADO_MAX_MOTION_FRAMES="6",
        OPENWADO_MAX_MOTION_SIZE="1",
    )

    def ask(number: int, **parameters: str) -> httpx.Response:
        return server.wado((STUDY, SERIES, f"1.2.3.9.{number}"), **parameters)

    assert ask(1, contentType="image/jpeg").status_code == 200
    assert ask(1, contentType="image/gif", rows="50").status_code == 200
    assert ask(1, contentType="image/jpeg", rows="500").status_code == 400  # max_output_pixels
    assert ask(1, contentType="image/gif", rows="440").status_code == 400  # max_motion_size: noise
    assert ask(1, contentType="image/jpeg", annotation="x" * 1000).status_code == 414
    many = ask(2, contentType="image/gif")
    assert (many.status_code, "7 frames" in many.text) == (400, True)
    large = ask(3, contentType="image/gif", rows="10")
    assert (large.status_code, "540000 pixels" in large.text) == (400, True)
    single = ask(4, contentType="image/jpeg", rows="10")
    assert (single.status_code, "540000 pixels" in single.text) == (501, True)
    assert ask(4, contentType="application/dicom").status_code == 200
