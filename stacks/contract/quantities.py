"""Amounts of memory in Kubernetes' notation."""

from __future__ import annotations

import re
from decimal import Decimal

from transforms.documents.problems import Refused

MEMORY_PATTERN = r"^[0-9]{1,6}(\.[0-9]{1,3})?(Mi|Gi|M|G)$"
LEAST_MEMORY = "512Mi"
"""Spark refuses an executor or a driver with less than 450 MiB (1.5 times its reserved 300 MiB)."""

LEAST_SERVICE_MEMORY = "32Mi"
"""Less holds no program that answers HTTP."""

MOST_MEMORY = "64Gi"
"""More in one JVM is garbage collection rather than work; ask for more executors instead."""

_BYTES = {"M": 10**6, "G": 10**9, "Mi": 2**20, "Gi": 2**30}
_MEANT = {"g": "Gi", "gb": "Gi", "gib": "Gi", "gi": "Gi", "m": "Mi", "mb": "Mi", "mib": "Mi", "mi": "Mi"}


def memory_bytes(quantity: str) -> int:
    """How many bytes `2Gi` or `1.5G` is. Raises Refused when it is no such quantity."""
    if not re.match(MEMORY_PATTERN, quantity) or "\n" in quantity:
        raise Refused(suggestion=_meant(quantity))
    number, unit = re.split(r"(?<=[0-9])(?=[MG])", quantity)
    return int(Decimal(number) * _BYTES[unit])


def check_driver_memory(quantity: str) -> str:
    """A quantity as it was given. Raises Refused when it is none, or not within what a driver can sensibly have."""
    return _within(quantity, "a driver", LEAST_MEMORY, "rows are the executors' work")


def check_executor_memory(quantity: str) -> str:
    """A quantity as it was given. Raises Refused when it is none, or not within what an executor can sensibly have."""
    return _within(quantity, "an executor", LEAST_MEMORY, "more work is for more executors")


def check_service_memory(quantity: str) -> str:
    """A quantity as it was given. Raises Refused when it is none, or not within what a service can sensibly have."""
    return _within(quantity, "a service", LEAST_SERVICE_MEMORY, "large work is for Spark")


def _within(quantity: str, who: str, least: str, instead: str) -> str:
    size = memory_bytes(quantity)
    if size < memory_bytes(least):
        raise Refused(f"{who} needs at least {least}")
    if size > memory_bytes(MOST_MEMORY):
        raise Refused(f"{who} may have at most {MOST_MEMORY}; {instead}")
    return quantity


def _meant(quantity: str) -> str:
    match = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*([A-Za-z]*)", quantity.strip())
    if not match:
        return ""
    # Spark's own settings take a number without a unit as MiB, and nobody means gigabytes by four digits.
    unit = _MEANT.get(match[2].lower()) if match[2] else ("Mi" if len(match[1]) > 2 else "Gi")
    if unit is None:
        return ""
    meant = match[1] + unit
    return meant if memory_bytes(LEAST_MEMORY) <= memory_bytes(meant) <= memory_bytes(MOST_MEMORY) else ""
