"""A kind of step in a package of its own: `sample`."""
