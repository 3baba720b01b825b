"""The one error of this package."""

from sandbox.toolchain.errors import ToolchainError


class ImageError(ToolchainError):
    """An image cannot be built or loaded; the message says what, why and what to do."""
