"""Serve the plugin."""

from sandbox.plugins.host.server import serve
from sandbox.plugins.keycloak.provider import Keycloak

if __name__ == "__main__":
    serve(Keycloak())
