"""A Docker engine of the sandbox's own, and the way to speak to any engine on this machine."""
