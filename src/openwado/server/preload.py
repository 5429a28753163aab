"""Imported in the nursery, and nowhere else: all that HTTP and render processes use, so that they share its memory."""

from __future__ import annotations

import gc
import importlib

import cv2
import imagecodecs

#: What an HTTP process or a render process imports sooner or later.
MODULES = (
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
