"""Which traces are kept. It is decided when a trace has been told, and not when it begins: what went wrong stays."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Sampling:
    """Of an environment: kept are traces with an error, slow ones, every run of a job, and a share of all others.

    Args:
        percentage: of those others.
        slow: milliseconds from which a trace is slow.
        wait: seconds from a trace's first span until it is decided. What comes later shares the decision.
        traces: at most that wait at once; more push out the oldest, undecided.
    """

    percentage: int
    slow: int
    wait: int
    traces: int


def processor(sampling: Sampling) -> dict[str, Any]:
    """The tail sampling, whose first policy that fits decides.

    Source: opentelemetry-collector-contrib v0.159.0, processor/tailsamplingprocessor.
    """
    # Runs of a job last for minutes and end with what went wrong: too late to decide by it.
    jobs = {"key": "k8s.namespace.name", "values": [r"-spark\z"], "enabled_regex_matching": True}
    return {
        "decision_wait": f"{sampling.wait}s",
        "num_traces": sampling.traces,
        # Ids alone, so that late spans of many more traces than wait here find their decision.
        "decision_cache": {
            "sampled_cache_size": 4 * sampling.traces,
            "non_sampled_cache_size": 4 * sampling.traces,
        },
        "sample_on_first_match": True,
        "policies": [
            {"name": "errors", "type": "status_code", "status_code": {"status_codes": ["ERROR"]}},
            {"name": "slow", "type": "latency", "latency": {"threshold_ms": sampling.slow}},
            {"name": "jobs", "type": "string_attribute", "string_attribute": jobs},
            {
                "name": "others",
                "type": "probabilistic",
                "probabilistic": {"sampling_percentage": sampling.percentage},
            },
        ],
    }
