"""What `make up` ends with: where everything is, how to read credentials, what to try next. Never a credential."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sandbox.toolchain.parts import When
from sandbox.toolchain.progress import duration
from sandbox.toolchain.session import Session

DECODED = "-o go-template='{{range $k, $v := .data}}{{$k}}: {{$v | base64decode}}{{\"\\n\"}}{{end}}'"
SHOWN = 8
"""Parts named in the split of time; the others took seconds."""


def page(session: Session, stack: str, outputs: Mapping[str, Any], seconds: float) -> str:
    """The summary as text.

    Args:
        session: what was used.
        stack: the environment.
        outputs: the stack's outputs, secrets masked.
        seconds: how long the command took.
    """
    options = f" ENV={stack}" if stack != "dev" else ""
    options += f" CONTEXT={session.cluster.context}" if session.cluster.context else ""
    lines = [
        "",
        f"The environment {stack} is up in {session.cluster.title}, after {duration(seconds)}.",
        *_spent(session.timings.fresh),
        "",
        *_keycloak(outputs.get("keycloak") or {}, outputs.get("edge") or {}),
        "",
        *_databases(outputs.get("databases") or []),
        "",
        *spark(outputs.get("spark") or []),
        *services(outputs.get("services") or [], outputs.get("edge") or {}),
        *observability(outputs.get("observability") or {}),
        "Read the credentials of a Secret (a database's, or Keycloak's administrator):",
        f"  kubectl get secret -n NAMESPACE NAME {DECODED}",
        "",
        "Next",
        f"  make person{options} NAME=ada TEAM=epidemiology",
        "                                 someone who can log in; prints a password for the first time",
        f"  make shell{options:<20} a shell for pulumi, kubectl and the environment's settings",
        "  pulumi preview                 there: what a change would do; then up, refresh, stack output, destroy",
        f"  edit Pulumi.{stack}.yaml           add a database, then `make up{options}` again",
        "  make test                      every test, for real",
        *(["  make down                      the machine as it was before"] if session.cluster.sandbox else []),
        *_later(session),
    ]
    return "\n".join(lines)


def _keycloak(found: Mapping[str, Any], edge: Mapping[str, Any]) -> list[str]:
    if not found:
        return []
    lines = [f"Keycloak  {found.get('url')}", f"  realm          {found.get('realm')}"]
    if edge:
        lines.append(f"  people         come through the edge, {edge.get('address')}:{edge.get('port', 443)}")
    if address := found.get("address"):
        lines.append(f"  address        {address}:{found.get('port', 443)}")
    if secret := found.get("administrator"):
        namespace, _, name = str(secret).partition("/")
        lines.append(f"  administrator  secret -n {namespace} {name}")
    host = str(found.get("url")).removeprefix("https://").partition("/")[0].partition(":")[0]
    way = edge or found
    resolve = f"--resolve {host}:443:{way.get('address')}"
    if (port := int(way.get("port", 443))) != 443:
        resolve = f"--connect-to {host}:443:{way.get('address')}:{port}"
    ask = f"curl --cacert ca.pem {resolve} {found.get('url')}/realms/{found.get('realm')}"
    return [
        *lines,
        "  try            in `make shell`: pulumi stack output ca_certificate > ca.pem",
        f"                 {ask}",
    ]


def _databases(found: Iterable[Mapping[str, Any]]) -> list[str]:
    rows = [("TEAM", "DATABASE", "ADDRESS", "SECRET")]
    for each in found:
        namespace, _, name = str(each.get("secret", "")).partition("/")
        address = f"{each.get('host')}:{each.get('port', 5432)}/{each.get('database', each.get('name'))}"
        rows.append((str(each.get("team")), str(each.get("name")), address, f"-n {namespace} {name}"))
    return ["Databases", *(f"  {line}" for line in table(rows))] if len(rows) > 1 else ["Databases: none asked for"]


def spark(found: Iterable[Mapping[str, Any]]) -> list[str]:
    """The teams' workspaces and jobs."""
    lines = [line for each in found for line in _workspace(each)]
    return ["Spark", *lines, ""] if lines else []


def services(found: Iterable[Mapping[str, Any]], edge: Mapping[str, Any]) -> list[str]:
    """The teams' services, and how a browser on this machine finds them."""
    rows = [(str(each.get("team")), str(each.get("name")), str(each.get("url"))) for each in found]
    if not rows:
        return []
    return [
        "Services",
        *(f"  {line}" for line in table([("TEAM", "SERVICE", "ADDRESS"), *rows])),
        f"  in a browser   /etc/hosts: {edge.get('address')} for these names and Keycloak's; and trust ca.pem",
        "",
    ]


def observability(found: Mapping[str, Any]) -> list[str]:
    """Where figures and alerts are asked for, and by which login."""
    rows = [("SERVER", "ADDRESS", "LOGIN")]
    for name, each in found.items():
        if isinstance(each, Mapping) and "login" in each:
            namespace, _, secret = str(each["login"]).partition("/")
            rows.append((name, f"https://{each.get('address')}:{each.get('port')}", f"-n {namespace} {secret}"))
    return ["Observability", *(f"  {line}" for line in table(rows)), ""] if len(rows) > 1 else []


def _workspace(found: Mapping[str, Any]) -> list[str]:
    within, jobs = f"-n {found.get('namespace')}", dict(found.get("jobs") or {})
    lines = [
        f"  {found.get('team'):<14} kubectl {within} port-forward service/spark-history 18080   # what its jobs did"
    ]
    for name, schedule in jobs.items():
        get = f"get configmap job-{name} -o jsonpath='{{.data.application\\.yaml}}'"
        when = schedule or "by hand alone"
        lines.append(f"    job {name:<10} {when}; now: kubectl {within} {get} | kubectl create -f -")
    return lines


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines with aligned columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _spent(fresh: Mapping[str, float]) -> list[str]:
    longest = sorted(fresh.items(), key=lambda item: -item[1])[:SHOWN]
    named = ", ".join(f"{name} {duration(seconds)}" for name, seconds in longest if seconds >= 1)
    return [f"Time went to: {named} (some beside each other)."] if named else []


def _later(session: Session) -> list[str]:
    later = [part for part in session.parts if part.when is not When.NEEDED and not part.ready()]
    return ["", *(f"{part.name}: {part.title} — {part.when}" for part in later)] if later else []
