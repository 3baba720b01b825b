"""The offline plugin for the package `tls`."""
