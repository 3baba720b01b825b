"""Observability: what watches the platform, and tells people in time."""
