"""What an answer comes to: "yes" where it is what was asked for, else what it is instead."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import numpy as np
import pydicom
from PIL import Image

from peer.asked import CT, NO_WINDOW, RUN, STATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from peer.asked import Query, Server

    Judge = Callable[[Server], str]

YES: Final = "yes"


def of_type(name: str, media_type: str, magic: bytes, unescaped: str = "/") -> Judge:
    """Judge whether an answer is what it is called."""

    def judge(server: Server) -> str:
        answer = server.ask(name, {"contentType": media_type}, unescaped=unescaped)
        if answer.status_code != 200:
            return str(answer.status_code)
        said = answer.headers.get("content-type", "").partition(";")[0]
        if said != media_type:
            return f"that, called {said}" if magic in answer.content[:600] else f"{said} instead"
        return YES if magic in answer.content[:600] else "called so, and is not"

    return judge


def changes(name: str, before: Query, after: Query) -> Judge:
    """Judge whether a parameter acts."""

    def judge(server: Server) -> str:
        one, other = server.picture(name, before), server.picture(name, after)
        if isinstance(one, str) or isinstance(other, str):
            return str(other if isinstance(other, str) else one)
        return "ignored" if one.shape == other.shape and np.array_equal(one, other) else YES

    return judge


def size(name: str, wanted: tuple[int, int], query: Query) -> Judge:
    """Judge whether a picture has rows and columns."""

    def judge(server: Server) -> str:
        found = server.picture(name, query)
        return found if isinstance(found, str) else YES if found.shape[:2] == wanted else "ignored"

    return judge


def status(name: str, wanted: int, query: Query) -> Judge:
    """Judge a status."""

    def judge(server: Server) -> str:
        found = server.ask(name, query).status_code
        return YES if found == wanted else str(found)

    return judge


def default_jpeg(server: Server) -> str:
    """Judge what an image is where nothing is said."""
    answer = server.ask(CT)
    said = answer.headers.get("content-type", "")
    if answer.status_code != 200:
        return str(answer.status_code)
    is_jpeg = answer.content[:3] == b"\xff\xd8\xff"
    if said != "image/jpeg":
        return f"that, called {said}" if is_jpeg else f"{said} instead"
    return YES if is_jpeg else "called so, and is not"


def region(server: Server) -> str:
    """Judge whether a region is that part of the image, and not another."""
    whole, part = server.picture(CT), server.picture(CT, {"region": "0.5,0,1,0.5"})
    if isinstance(whole, str) or isinstance(part, str):
        return str(part)
    if part.shape == whole.shape:
        return "ignored"
    wanted = whole[: whole.shape[0] // 2, whole.shape[1] // 2 :]
    return YES if part.shape == wanted.shape and np.abs(part - wanted).mean() < 3 else "another part"


def shows_something(server: Server) -> str:
    """Judge an image whose object has no window."""
    found = server.picture(NO_WINDOW)
    return found if isinstance(found, str) else YES if found.std() > 10 else "black or flat"


def anonymized(server: Server) -> str:
    """Judge whether the name is gone."""
    answer = server.ask(CT, {"contentType": "application/dicom", "anonymize": "yes"})
    if answer.status_code != 200:
        return str(answer.status_code)
    return "200, with the name inside" if b"Phantom" in answer.content else YES


def syntax(name: str, wanted: str, query: Query | None = None) -> Judge:
    """Judge in which transfer syntax an object comes."""

    def judge(server: Server) -> str:
        answer = server.ask(name, {"contentType": "application/dicom", **(query or {})})
        if answer.status_code != 200:
            return str(answer.status_code)
        found = pydicom.dcmread(io.BytesIO(answer.content), stop_before_pixels=True).file_meta.TransferSyntaxUID
        return YES if found == wanted else f"{found.name} instead"

    return judge


def tagged(server: Server) -> str:
    """Judge whether who has a picture is told so."""
    answer = server.ask(CT)
    tag = answer.headers.get("etag")
    if tag is None:
        return "no entity tag"
    again = server.ask(CT, fields={"If-None-Match": tag})
    return YES if again.status_code == 304 else str(again.status_code)


def preflight(server: Server) -> str:
    """Judge whether a viewer of another origin may ask; here cors_origins names it."""
    fields = {"Origin": "https://viewer.example", "Access-Control-Request-Method": "GET"}
    answer = server.ask(CT, method="OPTIONS", fields=fields)
    return YES if answer.headers.get("access-control-allow-origin") else f"{answer.status_code}, no permission"


def animated(media_type: str) -> Judge:
    """Judge whether all frames move."""

    def judge(server: Server) -> str:
        answer = server.ask(RUN, {"contentType": media_type})
        if answer.status_code != 200:
            return str(answer.status_code)
        with suppress(OSError), Image.open(io.BytesIO(answer.content)) as picture:
            frames = getattr(picture, "n_frames", 1)
            return YES if frames == int(server.objects[RUN].NumberOfFrames) else f"{frames} frame"
        return YES if answer.content[4:8] == b"ftyp" else "something else"

    return judge


def state_query(objects: dict[str, pydicom.Dataset]) -> Query:
    """Return the parameters that name the presentation state."""
    state = objects[STATE]
    return {"presentationUID": state.SOPInstanceUID, "presentationSeriesUID": state.SeriesInstanceUID}


def changes_of_objects(one: str, other: str) -> Judge:
    """Judge whether two objects that differ in one attribute look different."""

    def judge(server: Server) -> str:
        first, second = server.picture(one), server.picture(other)
        if isinstance(first, str) or isinstance(second, str):
            return str(second)
        return "ignored" if np.array_equal(first, second) else YES

    return judge
