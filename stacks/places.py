"""Where what the program reads of this checkout lies."""

from pathlib import Path

PROGRAM = Path(__file__).resolve().parent
"""Where the engine runs it."""

LIBRARY = PROGRAM.parent / "transforms"
FRONTEND = PROGRAM.parent / "examples" / "frontend"
