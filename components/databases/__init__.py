"""PostgreSQL: a server for each requested database, its roles, and the connection details of those who may use it."""

from components.databases.access import Database, DatabaseArgs, Timeouts
from components.databases.cluster import INSTANCES, Cluster, Instances
from components.databases.readers import ReaderGrant, ReaderGrantArgs
from components.databases.server import Server, ServerArgs, ServerSize
from components.databases.single import SingleServer

__all__ = [
    "INSTANCES",
    "Cluster",
    "Database",
    "DatabaseArgs",
    "Instances",
    "ReaderGrant",
    "ReaderGrantArgs",
    "Server",
    "ServerArgs",
    "ServerSize",
    "SingleServer",
    "Timeouts",
]
