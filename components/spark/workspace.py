"""A team's Spark workspace: who its pods are, what they may do, whom they may speak to, and what they leave behind."""

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components import telemetry
from components.base import Component, Owner
from components.network import pods
from components.network.policies import allow_in, allow_out, network_policy, to_api_server, to_collector
from components.spark import runtime
from components.spark.history import EventLog, History, HistoryArgs

rbac = k8s.rbac.v1

# What a driver does with its own executors: it makes them and their ConfigMap, watches them, and removes them at its
# end. Nothing is changed in place, and claims and Services are none of its business (see application.CONF).
DRIVER_RULES = {
    "pods": ("create", "delete", "deletecollection", "get", "list", "watch"),
    "configmaps": ("create", "delete", "deletecollection", "get", "list"),
}


@dataclass(frozen=True)
class WorkspaceArgs:
    """A workspace in `namespace`, which exists and starts closed.

    Args:
        image: with Spark, for the history server.
        collector: of telemetry; None where there is none.
    """

    namespace: pulumi.Input[str]
    owner: Owner
    image: str
    event_log: EventLog
    collector: telemetry.Collector | None = None


class Workspace(Component):
    """Service accounts of drivers and executors, the ways between them, the event log and its server.

    The ways to databases are not its: each database opens its own.
    """

    def __init__(self, name: str, args: WorkspaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("spark:Workspace", name, opts)
        self.args = args
        self.labels = args.owner.labels("spark", "spark-job")
        self.namespace = args.namespace
        account = k8s.core.v1.ServiceAccount(name, metadata=self._metadata(runtime.ACCOUNT), opts=self.child())
        k8s.core.v1.ServiceAccount(
            f"{name}-executor",
            metadata=self._metadata(runtime.EXECUTOR_ACCOUNT),
            # Executors have nothing to say to the API server.
            automount_service_account_token=False,
            opts=self.child(),
        )
        self._rights(name, account)
        self._ways(name)
        History(name, HistoryArgs(args.namespace, args.owner, args.image, args.event_log), self.child())
        if args.collector:
            trusted, within = f"{name}-telemetry", args.namespace
            telemetry.trust(trusted, args.collector, namespace=within, owner=args.owner, opts=self.child())
        self.register_outputs({})

    def _metadata(self, name: str) -> k8s.meta.v1.ObjectMetaArgs:
        return k8s.meta.v1.ObjectMetaArgs(name=name, namespace=self.args.namespace, labels=self.labels)

    def _rights(self, name: str, account: k8s.core.v1.ServiceAccount) -> None:
        """The driver's, in this namespace alone."""
        role = rbac.Role(
            f"{name}-driver",
            metadata=self._metadata("spark-driver"),
            rules=[
                rbac.PolicyRuleArgs(api_groups=[""], resources=[resource], verbs=list(verbs))
                for resource, verbs in DRIVER_RULES.items()
            ],
            opts=self.child(),
        )
        rbac.RoleBinding(
            f"{name}-driver",
            metadata=self._metadata("spark-driver"),
            role_ref=rbac.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=role.metadata.name),
            subjects=[
                rbac.SubjectArgs(kind="ServiceAccount", name=account.metadata.name, namespace=self.args.namespace)
            ],
            opts=self.child(),
        )

    def _ways(self, name: str) -> None:
        """Between driver and executors and among executors; from the driver to the API server and the collector."""
        driver, executor = pods(runtime.DRIVER), pods(runtime.EXECUTOR)
        ports = runtime.DRIVER_PORT, runtime.BLOCK_MANAGER_PORT
        network_policy(
            "spark-driver",
            resource_name=f"{name}-driver",
            namespace=self.args.namespace,
            labels=self.labels,
            select=runtime.DRIVER,
            ingress=[allow_in([executor], *ports)],
            egress=[allow_out([executor], runtime.BLOCK_MANAGER_PORT), to_api_server(), to_collector()],
            opts=self.child(),
        )
        network_policy(
            "spark-executor",
            resource_name=f"{name}-executor",
            namespace=self.args.namespace,
            labels=self.labels,
            select=runtime.EXECUTOR,
            ingress=[allow_in([driver, executor], runtime.BLOCK_MANAGER_PORT)],
            egress=[allow_out([driver], *ports), allow_out([executor], runtime.BLOCK_MANAGER_PORT)],
            opts=self.child(),
        )
