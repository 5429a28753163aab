"""Audit messages as syslog writes them (RFC 5424; PS3.15 A.6, A.7)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from openwado.observe.audit_xml import time_text

if TYPE_CHECKING:
    from openwado.observe.audit_chain import Entry

#: Security and authorization messages (A.6).
_FACILITY: Final = 10

_MSGID: Final = "DICOM+RFC3881"
_APP_NAME: Final = "openwado"
_BOM: Final = b"\xef\xbb\xbf"

#: sequenceId of RFC 5424 7.3.1 begins anew behind it.
_LAST_SEQUENCE: Final = 2_147_483_647

_NOT_PRINTABLE: Final = re.compile(r"[^\x21-\x7e]")
_LONGEST_HOST: Final = 255


def syslog_message(entry: Entry, host: str, process: int) -> bytes:
    """Write a message of the trail.

    Args:
        entry: the message; its number goes along as `sequenceId`, so that the receiver sees what is missing.
        host: name of this machine.
        process: number of the process that sends it.
    """
    priority = _FACILITY * 8 + entry.severity
    name = _NOT_PRINTABLE.sub("", host)[:_LONGEST_HOST] or "-"
    sequence = (entry.n - 1) % _LAST_SEQUENCE + 1
    head = (
        f'<{priority}>1 {time_text(entry.time)} {name} {_APP_NAME} {process} {_MSGID} [meta sequenceId="{sequence}"] '
    )
    return head.encode() + _BOM + entry.xml.encode()


def octet_counted(message: bytes) -> bytes:
    """Return a message with its length before it, as TCP and TLS carry it (RFC 6587 3.4.1, RFC 5425 4.3)."""
    return b"%d %b" % (len(message), message)
