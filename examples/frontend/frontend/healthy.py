"""`python3 -m frontend.healthy`: status 0 when the server of this container answers over TLS."""

from __future__ import annotations

import http.client
import ssl
import sys

from .server import PORT
from .settings import Settings

NAME = "frontend"
"""A name that its certificate has and that leads here: the container's own."""


def main() -> int:
    """Ask once."""
    trust = ssl.create_default_context(cafile=str(Settings.read().folder / "ca.crt"))
    connection = http.client.HTTPSConnection(NAME, PORT, timeout=4, context=trust)
    try:
        connection.request("GET", "/healthz")
        return 0 if connection.getresponse().status == http.client.OK else 1
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
