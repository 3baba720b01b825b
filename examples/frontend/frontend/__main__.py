"""Start the server; it ends in order on SIGTERM."""

from __future__ import annotations

import signal
import sys
import threading

from .oidc import Provider
from .server import PORT, Application, Server
from .sessions import Sessions
from .settings import Settings, SettingsError
from .telemetry import Telemetry


def main() -> int:
    """Serve until told to end."""
    try:
        settings = Settings.read()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    telemetry = Telemetry()
    server = Server(("", PORT), Application(settings, Provider(settings), Sessions(), telemetry))
    # `shutdown` waits for the loop, which runs in this very thread.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"the frontend serves {settings.origin}", flush=True)
    server.serve_forever()
    telemetry.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
