"""The offline plugin for the package `postgresql`."""
