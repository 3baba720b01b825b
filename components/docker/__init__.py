"""Images that this checkout holds the contexts of: built, and published where a registry is named."""

from components.docker.context import digest
from components.docker.image import BuiltImage, BuiltImageArgs, Registry

__all__ = ["BuiltImage", "BuiltImageArgs", "Registry", "digest"]
