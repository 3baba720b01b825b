"""What holds for every unit test."""

import gc


def pytest_collection_finish() -> None:
    """Take all that was imported out of the garbage collector's sight: walking it was an eighth of the tests' time."""
    gc.collect()
    gc.freeze()
