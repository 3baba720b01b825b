"""The offline Docker plugin: images built by buildah on the sandbox's stand-ins, and what a Docker engine runs."""
