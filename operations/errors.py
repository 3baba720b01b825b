"""One way to fail."""


class OperationError(Exception):
    """Something cannot be done, with the reason and the way out; shown without a traceback."""
