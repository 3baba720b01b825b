"""`python -m sandbox.agent`: one process of the node."""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from sandbox.agent import canary
from sandbox.agent.addresses import GivenAddresses
from sandbox.agent.api import Api
from sandbox.agent.enforcer import Cluster, Enforcer
from sandbox.agent.nftables import NftablesError
from sandbox.agent.objects import parse_namespace, parse_pod, parse_policy
from sandbox.agent.provisioner import Provisioner
from sandbox.agent.store import Store
from sandbox.agent.volumes import Volumes

LOG = logging.getLogger("sandbox.agent")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT.

    Returns:
        0 after a signal; 1 when the kernel takes no rules.
    """
    options = _parser().parse_args(arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    api = Api(options.kubeconfig)
    provisioner = Provisioner(api, Volumes(options.volumes), options.node)
    provisioner.start()
    policies = _Policies(api, options)
    try:
        policies.start(stopping)
    except NftablesError as error:
        LOG.error("no network policy can be enforced: %s", error)  # noqa: TRY400 - the message is the whole story
        _write_state(options.state, canary.Verdict(enforced=False, reason=str(error)))
        return 1
    stopping.wait()
    policies.stop()
    provisioner.stop()
    LOG.info("stopped; the rules stay in force")
    return 0


class _Policies:
    def __init__(self, api: Api, options: argparse.Namespace) -> None:
        self._state: Path = options.state
        self._enforcer = Enforcer(options.pod_cidr, self._observe)
        changed = self._enforcer.changed
        self._pods = Store(api, "/api/v1/pods", parse_pod, changed)
        self._namespaces = Store(api, "/api/v1/namespaces", parse_namespace, changed)
        self._network_policies = Store(api, "/apis/networking.k8s.io/v1/networkpolicies", parse_policy, changed)
        self._given = GivenAddresses(options.cni_results, changed)

    def start(self, stopping: threading.Event) -> None:
        self._enforcer.close_if_absent()
        stores = (self._pods, self._namespaces, self._network_policies)
        for store in stores:
            store.start()
        for store in stores:
            # Half of the objects would open what the other half closes, so nothing is applied before all are known.
            while not store.listed.wait(0.1):
                if stopping.is_set():
                    return
        self._given.refresh()
        self._enforcer.apply()
        self._given.start()
        threading.Thread(target=self._enforcer.run, name="enforcer", daemon=True).start()
        threading.Thread(target=self._prove, name="canary", daemon=True).start()

    def stop(self) -> None:
        self._given.stop()
        self._enforcer.stop()

    def _observe(self) -> Cluster:
        return Cluster(
            tuple(self._given.locate(self._pods.objects())),
            tuple(self._namespaces.objects()),
            tuple(self._network_policies.objects()),
        )

    def _prove(self) -> None:
        try:
            verdict = canary.check(self._enforcer)
        except NftablesError as error:
            verdict = canary.Verdict(enforced=False, reason=str(error))
        _write_state(self._state, verdict)
        if verdict.enforced:
            LOG.info("network policies are enforced: the canary was denied and allowed as its policies said")
        else:
            LOG.error("network policies are NOT enforced: %s", verdict.reason)


def _write_state(path: Path, verdict: canary.Verdict) -> None:
    content = {
        "enforced": verdict.enforced,
        "checked": datetime.now(UTC).isoformat(timespec="seconds"),
        "reason": verdict.reason,
    }
    partial = path.with_name(f".{path.name}")
    partial.write_text(json.dumps(content) + "\n")
    partial.replace(path)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.agent", description="Enforces network policies on this node and makes its volumes."
    )
    parser.add_argument("--kubeconfig", type=Path, required=True, help="how to reach the API server")
    parser.add_argument("--volumes", type=Path, required=True, help="folder of the volumes' data")
    parser.add_argument("--state", type=Path, required=True, help="file that says whether policies are enforced (JSON)")
    parser.add_argument("--pod-cidr", default="10.244.0.0/24", help="the pods' network (default: %(default)s)")
    parser.add_argument("--node", default="etl-sandbox", help="name of this node (default: %(default)s)")
    parser.add_argument(
        "--cni-results",
        type=Path,
        default=Path("/var/lib/cni/results"),
        help="where libcni keeps what it gave to pods (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
