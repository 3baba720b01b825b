"""Observability: what watches the platform and tells people in time; figures and alerts, and traces."""
