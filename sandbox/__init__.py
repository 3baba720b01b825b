"""The embedded default: a real environment on one machine, made from package registries alone."""
