"""Kubernetes quantities such as `10Gi`."""

from __future__ import annotations

import math
import re
from decimal import Decimal

_SUFFIXES: dict[str, int] = {
    "": 1,
    **{suffix: 1000**power for power, suffix in enumerate(("k", "M", "G", "T", "P", "E"), start=1)},
    **{f"{suffix}i": 1024**power for power, suffix in enumerate(("K", "M", "G", "T", "P", "E"), start=1)},
}
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(?:([eE]\d+)|([A-Za-z]*))")


def to_bytes(quantity: str) -> int:
    """Turn a quantity of storage into bytes, rounded up.

    Raises:
        ValueError: it is no quantity.
    """
    found = _QUANTITY.fullmatch(quantity)
    if found is None or (found[3] or "") not in _SUFFIXES:
        raise ValueError(f"{quantity!r} is no quantity of storage; expected one such as 10Gi")
    return math.ceil(Decimal(f"{found[1]}{found[2] or ''}") * _SUFFIXES[found[3] or ""])
