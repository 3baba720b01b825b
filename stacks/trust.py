"""The platform's CA certificate as a file: PostgreSQL's provider takes a path and no text."""

import hashlib
import os
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / ".trust"


def write_certificate(pem: str) -> str:
    """Write a (public) CA certificate below the project, and return its path relative to the program's folder.

    Relative, because engines and providers run in the program's folder, and because an absolute path would make every
    other machine's checkout a change of the provider. Named by its content, so stacks do not overwrite each other's.
    """
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{hashlib.sha256(pem.encode()).hexdigest()[:16]}.pem"
    if not path.exists():
        handle, partial = tempfile.mkstemp(dir=FOLDER)
        with os.fdopen(handle, "w") as file:
            file.write(pem)
        Path(partial).replace(path)
    return str(Path("..", FOLDER.name, path.name))
