"""Serve the plugin."""

from sandbox.plugins.host.server import serve
from sandbox.plugins.postgresql.provider import PostgreSql

if __name__ == "__main__":
    serve(PostgreSql())
