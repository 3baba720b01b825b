"""What a team asks of Spark: how much at once, and which jobs."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.network import Quota
from components.spark.history import COMPUTE as HISTORY
from components.spark.history import EVENT_LOG

LEAST_OVERHEAD = 384  # MiB. Source: spark.apache.org, "Configuration", spark.executor.memoryOverhead


@dataclass(frozen=True)
class PodSize:
    """A driver's or an executor's share.

    Args:
        cores: tasks at once, and whole ones at most.
        memory: MiB of the JVM's heap.
        python: whether a Python interpreter runs beside the JVM; the generated queries need one in the driver alone.
    """

    cores: int
    memory: int
    python: bool = False

    @property
    def overhead(self) -> int:
        """MiB beside the heap. Source: spark.kubernetes.memoryOverheadFactor, 0.4 with Python and 0.1 without."""
        return max(self.memory * (4 if self.python else 1) // 10, LEAST_OVERHEAD)

    @property
    def pod_memory(self) -> int:
        """MiB of the whole pod."""
        return self.memory + self.overhead


@dataclass(frozen=True)
class JobRequest:
    """A job of a team, read from its file and found to be sound.

    Args:
        content: of the job file.
        sql: what it compiles to, for people; the job compiles again where it runs.
        schedule: cron's five fields; None for a job that people alone start.
        suspend: whether the schedule rests.
    """

    name: str
    content: str
    sql: str
    schedule: str | None
    time_zone: str
    executors: int
    executor: PodSize
    driver: PodSize
    suspend: bool = False


@dataclass(frozen=True)
class SparkRequest:
    """A team's workspace: executors at most, over all jobs, none larger than `executor`; and its jobs."""

    max_executors: int
    executor: PodSize
    driver: PodSize
    jobs: Sequence[JobRequest] = ()

    @property
    def drivers(self) -> list[PodSize]:
        """Those that may run at once: each job's, since none runs twice at a time, and that of a run by hand."""
        asked = [job.driver for job in self.jobs]
        spare = PodSize(
            cores=max(each.cores for each in [self.driver, *asked]),
            memory=max(each.memory for each in [self.driver, *asked]),
            python=True,
        )
        return [*asked, spare]

    @property
    def quota(self) -> Quota:
        """All executors and drivers at once, the history server, and the event log."""
        pods = [self.executor] * self.max_executors + self.drivers
        return Quota(
            cpu=sum(each.cores for each in pods) * 1000 + HISTORY.cpu_limit,
            memory=sum(each.pod_memory for each in pods) + HISTORY.memory,
            storage=EVENT_LOG,
            pods=len(pods) + 1,
        )
