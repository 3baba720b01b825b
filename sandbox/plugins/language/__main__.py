"""`python -m sandbox.plugins.language ENGINE_ADDRESS`."""

from .server import main

main()
