"""How many clients each size of a database serves at once, by profile: the contract checks it, the profiles use it.

It stands here and not with a size's other figures because the contract's checks load nothing of the components.
"""

from collections.abc import Mapping
from types import MappingProxyType

_SHARED = MappingProxyType({"small": 50, "medium": 150, "large": 400})

# PostgreSQL takes some 5 to 10 MiB for a connection under load, so they stay below a quarter of the memory.
CONNECTIONS: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {"dev": MappingProxyType({"small": 40, "medium": 60, "large": 100}), "test": _SHARED, "prod": _SHARED}
)

LEAST_CONNECTIONS = 4
"""Each of a database's roles gets a share of them in quarters."""
