"""What no trace shows: secrets and personal data, by the names of attributes and by what stands in texts.

The platform's own libraries tell neither; this is for programs that do so by accident. Patterns are RE2, and free of
`$`, which a collector's configuration reads as a variable.
"""

from typing import Any

MASK = "****"

SECRET_NAMES = (
    r"(?i)passw(or)?d|passphrase|pwd",
    # Not a count of tokens, such as a language model's.
    r"(?i)token([^s]|\z)",
    r"(?i)secret|credential|authorization|cookie|session[._-]?id",
    r"(?i)(api|access|private|signing|encryption)[._-]?key",
    r"(?i)connection[._-]?string|\bdsn\b",
    # A program's command line has whatever its caller put there.
    r"^process\.command(_line|_args)",
)
"""Attributes whose values are secret, whatever they are."""

PERSONAL_NAMES = (
    r"(?i)e[._-]?mail",
    r"(?i)(first|last|full|family|given|sur)[._-]?name",
    r"(?i)phone|birth[._-]?(day|date)|date[._-]?of[._-]?birth|iban|passport|social[._-]?security",
    # Source: OpenTelemetry semantic conventions, "Enduser", "User", "Client", "Network".
    r"^(enduser|user)\.(id|name|email|full_name|hash|pseudo\.id)",
    r"^(client|source|network\.peer|net\.peer|net\.sock\.peer)\.(address|addr|ip|name)",
    r"^http\.client_ip|(?i)x[._-]forwarded[._-]for",
)
"""Attributes whose values tell of a person, or of where someone is."""

SECRET_VALUES = (
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|\z)",
    # A JSON Web Token.
    r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*",
    r"(?i)\bbearer\s+[A-Za-z0-9._~+/=-]{8,}|\bbasic\s+[A-Za-z0-9+/]{16,}=*",
    # What stands in a URL before the host.
    r"://[^/\s:@]+:[^/\s@]+@",
    # In a connection string, a query or a sentence.
    r"(?i)\b\w*(password|passwd|pwd|secret|token|api_?key|access_?key|credential)\s*[=:]\s*[^&\s,;\"'{}]+",
    # A login's way back, and a signed address.
    r"(?i)[?&](code|state|session_state|sig|signature|x-amz-signature)=[^&\s]+",
    # Source: docs.aws.amazon.com, "IAM identifiers", unique ID prefixes of keys.
    r"\b(AKIA|ASIA)[0-9A-Z]{16}\b",
)
PERSONAL_VALUES = (
    r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}",
    # Cards of Visa, Mastercard and American Express. Source: ISO/IEC 7812.
    r"\b(4\d{3}|5[1-5]\d{2}|2[2-7]\d{2})[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b|\b3[47]\d{2}[ -]?\d{6}[ -]?\d{5}\b",
    # An international bank account number.
    r"\b[A-Z]{2}\d{2}( ?[A-Z0-9]{4}){3,7}( ?[A-Z0-9]{1,3})?\b",
)
"""Parts of texts that are masked wherever they stand."""

QUERIES = ("db.query.text", "db.statement")


def processor() -> dict[str, Any]:
    """The redaction of attributes: of resources, scopes, spans and their events.

    Source: opentelemetry-collector-contrib v0.159.0, processor/redactionprocessor.
    """
    return {
        "allow_all_keys": True,
        "blocked_key_patterns": [*SECRET_NAMES, *PERSONAL_NAMES],
        "blocked_values": [*SECRET_VALUES, *PERSONAL_VALUES],
        # Lists and numbers too.
        "redact_all_types": True,
        # The literals of SQL are data.
        "db_sanitizer": {"sql": {"enabled": True, "attributes": list(QUERIES)}, "sanitize_span_name": True},
        "summary": "silent",
    }


def statements() -> list[list[str]]:
    """What the processor leaves out, in the transformation language: names, and the words of a status.

    A group for spans, and one for their events: a group runs once for each of the smallest thing that it names, so one
    that named both would leave out every span without an event.
    """
    # Without a system the processor takes no query for SQL.
    queries = f'set(span.attributes["db.system.name"], "other_sql") where {_a_query_of_no_system()}'
    return [[queries, _masked("span.name"), _masked("span.status.message")], [_masked("spanevent.name")]]


def _masked(text: str) -> str:
    anything = _quoted("|".join(f"(?:{pattern})" for pattern in (*SECRET_VALUES, *PERSONAL_VALUES)))
    return f'replace_pattern({text}, "{anything}", "{MASK}")'


def _a_query_of_no_system() -> str:
    queries = " or ".join(f'span.attributes["{name}"] != nil' for name in QUERIES)
    return f'({queries}) and span.attributes["db.system.name"] == nil and span.attributes["db.system"] == nil'


def _quoted(pattern: str) -> str:
    """As a text of the transformation language."""
    return pattern.replace("\\", "\\\\").replace('"', '\\"')
