"""Backups: a dump on schedule, kept apart from the data; a weekly drill that restores it; a template for restores."""

from components.databases.backup.backup import Backup, BackupArgs
from components.databases.backup.policy import BackupPolicy, Keep
from components.databases.backup.vault import Vault, VaultArgs, client

__all__ = ["Backup", "BackupArgs", "BackupPolicy", "Keep", "Vault", "VaultArgs", "client"]
