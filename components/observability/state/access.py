"""What kube-state-metrics may see: a few kinds of objects, in the namespaces that are the environment's."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.base import Component
from components.observability.state import spark

rbac = k8s.rbac.v1
ROLE = "etl-platform-state"
SEE = ["list", "watch"]
KINDS: Mapping[str, Sequence[str]] = {"": ("pods", "resourcequotas"), "batch": ("cronjobs",), spark.API: spark.KINDS}
"""By API group. No Secrets and no ConfigMaps among them."""
RESOURCES = tuple(kind for group, kinds in KINDS.items() if group != spark.API for kind in kinds)
"""Those that it knows by itself."""


class StateAccess(Component):
    """A service account, and a binding in each namespace; nothing in the rest of the cluster.

    Outputs:
        account: known once it may see what it is to see.
    """

    account: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        called: str,
        namespace: pulumi.Input[str],
        labels: Mapping[str, str],
        namespaces: Mapping[str, pulumi.Input[str]],
        definitions: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("observability:StateAccess", name, opts)
        self.labels = dict(labels)
        account = k8s.core.v1.ServiceAccount(
            name,
            metadata=k8s.meta.v1.ObjectMetaArgs(name=called, namespace=namespace, labels=self.labels),
            automount_service_account_token=False,
            opts=self.child(),
        )
        self.subjects = [rbac.SubjectArgs(kind="ServiceAccount", name=account.metadata.name, namespace=namespace)]
        role = self._role(name, ROLE, KINDS)
        bindings = [
            rbac.RoleBinding(
                f"{name}-{within}",
                metadata=k8s.meta.v1.ObjectMetaArgs(name=called, namespace=place, labels=self.labels),
                role_ref=_reference(role),
                subjects=self.subjects,
                opts=self.child(),
            ).metadata.name
            for within, place in namespaces.items()
        ]
        if definitions:
            bindings.append(self._definitions(name))
        self.account = pulumi.Output.all(account.metadata.name, *bindings).apply(lambda names: str(names[0]))
        self.register_outputs({"account": self.account})

    def _role(self, name: str, called: str, kinds: Mapping[str, Sequence[str]]) -> k8s.rbac.v1.ClusterRole:
        return rbac.ClusterRole(
            name,
            metadata=k8s.meta.v1.ObjectMetaArgs(name=called, labels=self.labels),
            rules=[
                rbac.PolicyRuleArgs(api_groups=[group], resources=list(resources), verbs=SEE)
                for group, resources in kinds.items()
            ],
            opts=self.child(),
        )

    def _definitions(self, name: str) -> pulumi.Output[str]:
        """Which definitions of custom resources there are; they belong to no namespace, and hold nobody's objects."""
        called = f"{ROLE}-definitions"
        role = self._role(f"{name}-definitions", called, {"apiextensions.k8s.io": ["customresourcedefinitions"]})
        return rbac.ClusterRoleBinding(
            f"{name}-definitions",
            metadata=k8s.meta.v1.ObjectMetaArgs(name=called, labels=self.labels),
            role_ref=_reference(role),
            subjects=self.subjects,
            opts=self.child(),
        ).metadata.name


def _reference(role: k8s.rbac.v1.ClusterRole) -> k8s.rbac.v1.RoleRefArgs:
    return rbac.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="ClusterRole", name=role.metadata.name)
