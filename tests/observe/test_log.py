"""Lines of the log."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from openwado.observe.log import event


def test_a_value_stays_one_value() -> None:
    """Values with blanks, quotes or control characters are quoted, so that none can look like a field or a line."""
    line = str(
        event("request", path="/a b\n2 error x=1", ms=1.26, status=200, note=None, quoted='"', text="Ö", empty="")
    )
    assert line == 'request path="/a b\\n2 error x=1" ms=1.3 status=200 quoted="\\"" text="\\u00d6" empty=""'
    assert json.loads('"/a b\\n2 error x=1"') == "/a b\n2 error x=1"


def test_levels_and_form() -> None:
    """Lines below the level are left out, and what the HTTP library says of itself below warning; times are UTC."""
    script = (
        "import logging\n"
        "from openwado.observe.log import LogStyle, configure\n"
        "configure(LogStyle('debug')); configure(LogStyle('info'))\n"
        "logging.getLogger('openwado.x').debug('unseen')\n"
        "logging.getLogger('uvicorn.error').info('unseen')\n"
        "logging.getLogger('openwado.x').info('seen')\n"
        "logging.getLogger('uvicorn.error').warning('seen too')\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    first, second = ended.stderr.splitlines()
    time_text, level, logger, process, message = first.split()
    assert (level, logger, message) == ("info", "openwado.x", "seen")
    assert time_text.endswith("Z")
    assert len(time_text) == len("2026-11-22T16:28:50.141Z")
    assert process.startswith("pid=")
    assert second.endswith("warning uvicorn.error " + process + " seen too")


def lines_of(style: str, *statements: str) -> list[str]:
    """Return what statements log in a process with this style."""
    script = "\n".join(
        [
            "import logging",
            "from openwado.observe.log import LogStyle, configure, event, request_id",
            f"configure(LogStyle({style}))",
            "log = logging.getLogger('openwado.x')",
            *statements,
        ]
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return ended.stderr.splitlines()


def test_json_lines_are_objects() -> None:
    """Each line is one JSON object with the event, its fields, the request's id and what was raised."""
    lines = lines_of(
        "'info', 'json'",
        "request_id.set('r-1')",
        "log.info(event('request', path='/a\\nb', ms=1.23456, status=200, note=None, level='mine'))",
        "log.info('words')",
        "try: 1 / 0",
        "except ZeroDivisionError: log.exception(event('failed'))",
    )
    first, second, third = map(json.loads, lines)
    assert (first["event"], first["path"], first["ms"], first["status"]) == ("request", "/a\nb", 1.235, 200)
    assert (first["level"], first["level_"], first["request"]) == ("info", "mine", "r-1")
    assert "note" not in first
    assert second["message"] == "words"
    assert "ZeroDivisionError" in third["exception"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_uid_and_no_path_of_an_object_is_logged(form: str) -> None:
    """Instance UIDs and keys of objects are hashed wherever they stand, kinds of things and addresses are not."""
    uid, made = "1.2.276.0.7230010.3.1.4.1787205428", "2.25.96873234974834966107742611677621545683"
    lines = lines_of(
        f"'debug', {form!r}, '00112233'",
        f"log.info(event('request', path='/studies/{uid}', query='objectUID={made}&x={uid}.dcm'))",
        "log.info(event('render process lost', object='/data/Meier Hans/IM1'))",
        "log.info(event('problem', detail=\"[Errno 2] No such file: '/data/Meier Hans/IM1'\"))",
        f"log.info('words of a library: {uid}')",
        f"try: raise OSError('/data/Meier Hans/{uid}.dcm is not there')",
        "except OSError: log.exception(event('unexpected'))",
        "log.info(event('kept', kind='1.2.840.10008.1.2.4.50', peer='192.0.2.77', detail='/etc/openwado.toml'))",
    )
    text = "\n".join(lines)
    assert uid not in text
    assert made not in text
    assert "Meier" not in text
    assert "IM1" not in text
    assert len(set(re.findall(r"uid:([0-9a-f]{12})", text))) == 2, "equal ones look alike, others do not"
    assert all(word in text for word in ("1.2.840.10008.1.2.4.50", "192.0.2.77", "/etc/openwado.toml"))


def test_hashes_are_keyed() -> None:
    """Nobody who does not have the key finds out whose a hash is; without a key UIDs stand as they are."""
    found = [lines_of(f"'info', 'text', {key!r}", "log.info('1.2.3.4.5.6')")[0] for key in ("01", "02", "")]
    assert len({line.rpartition(" ")[2] for line in found}) == 3
    assert found[2].endswith(" 1.2.3.4.5.6")
