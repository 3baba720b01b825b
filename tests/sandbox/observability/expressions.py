"""What PromQL expressions are about."""

import re

WORDS = {"and", "or", "unless", "on", "by", "group_left", "offset", "sum", "max", "count", "vector", "Inf"}


def names_in(expression: str) -> set[str]:
    """What an expression names: metrics, since texts, labels, functions and words are taken away."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b\d+[a-z]*\b', " ", expression)
    bare = re.sub(r"(?:on|by|group_left)\s*\([^)]*\)", " ", bare)
    return set(re.findall(r"[A-Za-z_][A-Za-z0-9_:]*(?!\w*\s*\()", bare)) - WORDS
