"""Ask the server in this container whether it is well: `healthcheck.py [PORT]`; ends with 0 if it is, else with 1.

With TLS the certificate is not checked, for it names the host and not this container; one that asks for a certificate
of its clients is well if it answers at all.
"""

from __future__ import annotations

import http.client
import os
import ssl
import sys
import tomllib
from pathlib import Path
from typing import Any

SETTINGS = Path(os.environ.get("OPENWADO_HEALTHCHECK_CONFIG", "/etc/openwado/openwado.toml"))
SECONDS = 5.0


def main() -> int:
    """Ask, and return the exit status."""
    settings: dict[str, Any] = tomllib.loads(SETTINGS.read_text(encoding="utf-8")) if SETTINGS.exists() else {}
    port = int(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("OPENWADO_PORT", settings.get("port", 8080)))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    if os.environ.get("OPENWADO_TLS_CERTIFICATE", settings.get("tls_certificate")):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=SECONDS, context=context)
    try:
        connection.request("GET", "/health")
        return 0 if connection.getresponse().status == http.client.OK else 1
    except ssl.SSLError as error:
        return 0 if "CERTIFICATE_REQUIRED" in (error.reason or "") else 1
    except (OSError, http.client.HTTPException):
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
