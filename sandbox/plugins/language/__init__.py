"""The language host: how the engine runs a Pulumi program in Python."""
