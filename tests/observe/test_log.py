"""Lines of the log."""

from __future__ import annotations

import json
import subprocess
import sys

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
