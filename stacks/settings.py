"""The contract, typed and validated stack config: what the program and its tools use of `stacks.contract`."""

from stacks.contract.fields import Profile, Size, Via
from stacks.contract.load import load_file, load_mapping, load_stack
from stacks.contract.model import (
    Access,
    Backup,
    BackupStore,
    Database,
    EventLogs,
    Identity,
    Job,
    JobResources,
    Keep,
    Mail,
    Registry,
    Service,
    Settings,
    Spark,
    Team,
    Timeouts,
    growing_fields,
    immutable_fields,
)
from transforms.documents.problems import NAMESPACE, Problem
from transforms.documents.problems import DocumentError as SettingsError

__all__ = [
    "NAMESPACE",
    "Access",
    "Backup",
    "BackupStore",
    "Database",
    "EventLogs",
    "Identity",
    "Job",
    "JobResources",
    "Keep",
    "Mail",
    "Problem",
    "Profile",
    "Registry",
    "Service",
    "Settings",
    "SettingsError",
    "Size",
    "Spark",
    "Team",
    "Timeouts",
    "Via",
    "growing_fields",
    "immutable_fields",
    "load_file",
    "load_mapping",
    "load_stack",
]
