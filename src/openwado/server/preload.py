"""Imported in the nursery, and nowhere else: all that HTTP and render processes use, so that they share its memory."""

from __future__ import annotations

import gc
import importlib

gc.disable()  # nothing that is imported goes away again: looking for it is an eighth of the time

import cv2  # noqa: E402 -- as said above
import imagecodecs  # noqa: E402 -- as above

#: What an HTTP process or a render process imports sooner or later.
MODULES = (
    "openwado.server.app",
    "openwado.server.http_processes",
    "openwado.assemble",
    "openwado.produce",
    "openwado.server.wired",
    "openwado.server.render_template",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    "uvloop",
)

for _module in MODULES:
    importlib.import_module(_module)
for _codec in ("jpeg8", "jpegls", "jpeg2k", "htj2k", "png", "gif", "dicomrle", "packbits"):
    getattr(imagecodecs, f"{_codec}_version", None)  # loads the library
cv2.setNumThreads(1)
gc.collect()
gc.freeze()  # so that collecting does not write to pages which the forks share
gc.enable()
