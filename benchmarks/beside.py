"""What works here and in Orthanc with its DICOMweb plugin: the same requests to both, judged by what comes back.

    python benchmarks/beside.py            # prints the table of docs/beside.md
    python benchmarks/beside.py --write    # puts it there

Both serve the sample objects, and a few made of them. Debian packages: orthanc, orthanc-dicomweb.
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from peer.asked import CT, ECG, J2K, LINEAR, RUN, SIGMOID, SR, objects_in, openwado, orthanc
from peer.judging import (
    YES,
    animated,
    anonymized,
    changes,
    changes_of_objects,
    default_jpeg,
    of_type,
    preflight,
    region,
    shows_something,
    size,
    state_query,
    status,
    syntax,
    tagged,
)

if TYPE_CHECKING:
    import pydicom

    from peer.judging import Judge

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "beside.md"
BLOCK: Final = re.compile(r"(<!-- table: written by benchmarks/beside.py -->\n).*?(<!-- end -->)", re.DOTALL)


def questions(objects: dict[str, pydicom.Dataset]) -> dict[str, Judge]:
    """Return what is asked, and how the answers are judged."""
    return {
        "an image, nothing else: JPEG": default_jpeg,
        "`contentType=image/jpeg`": of_type(CT, "image/jpeg", b"\xff\xd8\xff"),
        "… `image/png`": of_type(CT, "image/png", b"\x89PNG"),
        "… written `image%2Fpng`": of_type(CT, "image/png", b"\x89PNG", ""),
        "… `image/gif`": of_type(CT, "image/gif", b"GIF8"),
        "… `image/jp2`": of_type(CT, "image/jp2", b"jP  "),
        "`rows`, `columns`": size(CT, (100, 100), {"rows": 100, "columns": 200}),
        "`region`": region,
        "`windowCenter`, `windowWidth`": changes(CT, {}, {"windowCenter": 500, "windowWidth": 2000}),
        "`frameNumber`": changes(
            RUN, {"contentType": "image/jpeg", "frameNumber": 1}, {"contentType": "image/jpeg", "frameNumber": 8}
        ),
        "… beyond the last is 400": status(RUN, 400, {"contentType": "image/jpeg", "frameNumber": 99}),
        "`imageQuality`": changes(CT, {"imageQuality": 5}, {"imageQuality": 95}),
        "`annotation`": changes(CT, {}, {"annotation": "patient"}),
        "`presentationUID`": changes(CT, {}, state_query(objects)),
        "an image without a stored window is seen": shows_something,
        "window function SIGMOID": changes_of_objects(LINEAR, SIGMOID),
        "an animation (GIF)": animated("image/gif"),
        "a video (MP4)": animated("video/mp4"),
        "a report as a page": of_type(SR, "text/html", b"<"),
        "a report as PDF": of_type(SR, "application/pdf", b"%PDF"),
        "an electrocardiogram as a picture": of_type(ECG, "image/svg+xml", b"<svg"),
        "`application/dicom` as stored": syntax(J2K, "1.2.840.10008.1.2.4.90", {"transferSyntax": "*"}),
        "… in Explicit VR Little Endian without `transferSyntax`": syntax(J2K, "1.2.840.10008.1.2.1"),
        "… in JPEG-LS": syntax(CT, "1.2.840.10008.1.2.4.80", {"transferSyntax": "1.2.840.10008.1.2.4.80"}),
        "… `anonymize=yes`": anonymized,
        "HEAD": lambda server: (
            YES if server.ask(CT, method="HEAD").status_code == 200 else str(server.ask(CT, method="HEAD").status_code)
        ),
        "304 for a picture that is known": tagged,
        "CORS for viewers in script": preflight,
    }


def main() -> None:
    """Ask both."""
    arguments = argparse.ArgumentParser(description="What works here and in Orthanc.")
    arguments.add_argument("--write", action="store_true", help="put the table into docs/beside.md")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="openwado-beside-") as name:
        folder = Path(name)
        objects = objects_in(folder / "objects")
        with openwado(folder, objects) as ours, orthanc(folder, objects) as theirs:
            lines = [f"| asked for | {ours.name} | {theirs.name} |", "|---|---|---|"]
            lines += [f"| {what} | {judge(ours)} | {judge(theirs)} |" for what, judge in questions(objects).items()]
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    table = "\n".join([f"Asked on {today}.", "", *lines])
    print(table)
    if given.write:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(BLOCK.sub(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", page), encoding="utf-8")


if __name__ == "__main__":
    main()
