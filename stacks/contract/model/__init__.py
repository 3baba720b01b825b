"""The model of a stack's config. The file's keys are the attributes' names; only `from`, Python's word, is `sources`.

Every error's wording, the JSON Schema and the reference in docs/stack-config.md follow from what stands here.
"""

from stacks.contract.model.access import Access
from stacks.contract.model.backup import Backup, BackupStore, Keep
from stacks.contract.model.changes import growing_fields, immutable_fields
from stacks.contract.model.database import Database, Timeouts
from stacks.contract.model.entry import Entry
from stacks.contract.model.identity import Directory, Identity, Mail, Provider, ProviderGroup
from stacks.contract.model.observability import Observability
from stacks.contract.model.service import Service, ServiceResources, Variable
from stacks.contract.model.settings import Settings
from stacks.contract.model.spark import EventLogs, Job, JobResources, Registry, Spark
from stacks.contract.model.team import Team

__all__ = [
    "Access",
    "Backup",
    "BackupStore",
    "Database",
    "Directory",
    "Entry",
    "EventLogs",
    "Identity",
    "Job",
    "JobResources",
    "Keep",
    "Mail",
    "Observability",
    "Provider",
    "ProviderGroup",
    "Registry",
    "Service",
    "ServiceResources",
    "Settings",
    "Spark",
    "Team",
    "Timeouts",
    "Variable",
    "growing_fields",
    "immutable_fields",
]
