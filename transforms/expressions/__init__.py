"""The small language of a job's expressions: read into a tree of our own, checked, and only then written as SQL."""
