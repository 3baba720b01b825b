"""A container's share, in the two forms that an API may want it in."""

import pytest

from components.workload import Compute


@pytest.mark.parametrize(
    ("compute", "cpu", "limit", "memory"),
    [
        (Compute(50, 1000, 256), "50m", "1", "256Mi"),
        (Compute(1000, 1500, 1024), "1", "1500m", "1Gi"),
        (Compute(4000, 8000, 16384), "4", "8", "16Gi"),
        (Compute(4000, 8000, 1536), "4", "8", "1536Mi"),
        (Compute(4000, 8000, 1024 * 1024), "4", "8", "1Ti"),
    ],
)
def test_a_share_is_written_as_an_operator_would_write_it_back(
    compute: Compute, cpu: str, limit: str, memory: str
) -> None:
    assert compute.canonical() == {
        "requests": {"cpu": cpu, "memory": memory},
        "limits": {"cpu": limit, "memory": memory},
    }
