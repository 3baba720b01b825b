"""Offline stand-ins of the vendors' Pulumi plugins, under the vendors' own names and tokens."""
