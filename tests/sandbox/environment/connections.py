"""A database's connection as a folder of files, as the transform core reads it."""

from pathlib import Path

from tests.sandbox.environment.stack import ROOT, Stack
from transforms.runtime.connections import FILES


def write_connection(stack: Stack, folder: Path, database: str, role: str = "owner", name: str = "") -> str:
    """Write the connection of a role below `folder`; returns its password, which must show nowhere."""
    where = stack.database(database)
    login = stack.secret(where["secret"])
    values: dict[str, str] = {
        "host": where["host"],
        "port": str(where["port"]),
        "database": login["database"],
        "username": login[f"{role}-username"],
        "password": login[f"{role}-password"],
    }
    assert set(values) == set(FILES)
    connection = folder / (name or database)
    connection.mkdir()
    for file, value in {**values, "ca.crt": stack.authority.read_text()}.items():
        (connection / file).write_text(value)
    return values["password"]


def jar() -> Path:
    """PostgreSQL's driver, as the jobs' image has it."""
    [found] = (ROOT / "transforms/jars").glob("postgresql-*.jar")
    return found
