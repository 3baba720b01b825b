"""The offline Docker plugin: images built by buildah on the sandbox's stand-ins, and published to its node."""
