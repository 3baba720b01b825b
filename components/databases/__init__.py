"""PostgreSQL: a server for each requested database, its roles, and the connection details of those who may use it."""

from components.databases.access import Database, DatabaseArgs, Timeouts
from components.databases.readers import ReaderGrant, ReaderGrantArgs
from components.databases.server import Server, ServerArgs, ServerSize

__all__ = [
    "Database",
    "DatabaseArgs",
    "ReaderGrant",
    "ReaderGrantArgs",
    "Server",
    "ServerArgs",
    "ServerSize",
    "Timeouts",
]
