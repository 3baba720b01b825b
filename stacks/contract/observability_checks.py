"""Checks of who is told of alerts, beside the rest of the file."""

from __future__ import annotations

from stacks.contract.entries import listed, report
from transforms.documents.source import Source


def check(source: Source) -> None:
    """Report to `source` addresses to which no mail could go."""
    tree = source.tree
    observability, identity = tree.get("observability"), tree.get("identity")
    alerts = observability.get("alerts") if isinstance(observability, dict) else None
    owners = listed(alerts.get("owners")) if isinstance(alerts, dict) else []
    if owners and not (isinstance(identity, dict) and identity.get("mail")):
        message = "mails go through the server of identity.mail, and this stack names none. Add it, or use a webhook."
        report(source, ("observability", "alerts", "owners"), message)
