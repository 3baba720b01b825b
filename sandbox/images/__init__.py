"""Local stand-ins for the platform's images: upstream's names and versions, with the same software inside."""

from sandbox.images.builder import build
from sandbox.images.errors import ImageError
from sandbox.images.loader import load

__all__ = ["ImageError", "build", "load"]
