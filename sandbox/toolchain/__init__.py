"""Finds, downloads and builds the tools of the platform; runs on a bare Python, standard library only."""
