"""Spark: the operator that runs the teams' jobs, a workspace for each team, and its jobs."""

from components.spark.history import AccessMode, EventLog
from components.spark.jobs import Jobs, JobsArgs
from components.spark.operator import Operator, OperatorArgs, OperatorSize
from components.spark.readers import JobReader, JobReaderArgs
from components.spark.request import JobRequest, PodSize, SparkRequest
from components.spark.runtime import Runtime
from components.spark.workspace import Workspace, WorkspaceArgs

__all__ = [
    "AccessMode",
    "EventLog",
    "JobReader",
    "JobReaderArgs",
    "JobRequest",
    "Jobs",
    "JobsArgs",
    "Operator",
    "OperatorArgs",
    "OperatorSize",
    "PodSize",
    "Runtime",
    "SparkRequest",
    "Workspace",
    "WorkspaceArgs",
]
