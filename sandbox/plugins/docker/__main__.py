"""Serve the plugin."""

from sandbox.plugins.docker.provider import Docker
from sandbox.plugins.host.server import serve

if __name__ == "__main__":
    serve(Docker())
