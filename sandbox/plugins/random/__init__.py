"""The offline plugin for the package `random`."""
