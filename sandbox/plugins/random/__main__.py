"""Serve the plugin."""

from sandbox.plugins.host.server import serve
from sandbox.plugins.random.provider import Random

if __name__ == "__main__":
    serve(Random())
