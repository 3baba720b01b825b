"""What goes wrong with a Docker engine."""


class DockerError(Exception):
    """The engine refused, cannot be reached, or cannot be started; in words that a person can act on.

    `status` is the HTTP status of a refusal, 0 where the engine said nothing.
    """

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class NotFoundError(DockerError):
    """The engine knows no such object."""
