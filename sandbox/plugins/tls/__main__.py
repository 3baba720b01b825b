"""Serve the plugin."""

from sandbox.plugins.host.server import serve
from sandbox.plugins.tls.provider import Tls

if __name__ == "__main__":
    serve(Tls())
