"""One module per kind of source: Debian packages, Go modules, the Python environment, wheels."""
