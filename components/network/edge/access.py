"""What the proxy may read of the cluster: its own namespace, and which classes of gateways there are."""

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as k8s

from components.base import Component
from components.network.edge.names import GATEWAY_API, NAME, TRAEFIK_API

rbac = k8s.rbac.v1
READ = ["get", "list", "watch"]
# Traefik starts only when it can watch all of these, used or not.
ROUTES = ["gateways", "httproutes", "grpcroutes", "tlsroutes", "referencegrants", "backendtlspolicies"]
TRAEFIK_KINDS = [
    "ingressroutes",
    "ingressroutetcps",
    "ingressrouteudps",
    "middlewares",
    "middlewaretcps",
    "serverstransports",
    "serverstransporttcps",
    "tlsoptions",
    "tlsstores",
    "traefikservices",
]


class ClusterAccess(Component):
    """A service account, what it may read in the edge's namespace, and what in the cluster.

    Its Secrets are the certificates of the edge's own listeners: nothing else lies there.
    """

    account: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        namespace: pulumi.Input[str],
        labels: Mapping[str, str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("network:EdgeAccess", name, opts)
        within = k8s.meta.v1.ObjectMetaArgs(name=NAME, namespace=namespace, labels=dict(labels))
        everywhere = k8s.meta.v1.ObjectMetaArgs(name="etl-platform-edge", labels=dict(labels))
        account = k8s.core.v1.ServiceAccount(
            name, metadata=within, automount_service_account_token=False, opts=self.child()
        )
        subjects = [rbac.SubjectArgs(kind="ServiceAccount", name=account.metadata.name, namespace=namespace)]
        role = rbac.Role(
            name,
            metadata=within,
            rules=[
                rbac.PolicyRuleArgs(api_groups=[""], resources=["services", "secrets", "configmaps"], verbs=READ),
                rbac.PolicyRuleArgs(api_groups=["discovery.k8s.io"], resources=["endpointslices"], verbs=READ),
                rbac.PolicyRuleArgs(api_groups=[GATEWAY_API], resources=ROUTES, verbs=READ),
                rbac.PolicyRuleArgs(
                    api_groups=[GATEWAY_API], resources=[f"{each}/status" for each in ROUTES], verbs=["update"]
                ),
                rbac.PolicyRuleArgs(api_groups=[TRAEFIK_API], resources=TRAEFIK_KINDS, verbs=READ),
            ],
            opts=self.child(),
        )
        classes = rbac.ClusterRole(
            name,
            metadata=everywhere,
            rules=[
                rbac.PolicyRuleArgs(api_groups=[""], resources=["namespaces"], verbs=["list", "watch"]),
                rbac.PolicyRuleArgs(api_groups=[GATEWAY_API], resources=["gatewayclasses"], verbs=READ),
                rbac.PolicyRuleArgs(api_groups=[GATEWAY_API], resources=["gatewayclasses/status"], verbs=["update"]),
            ],
            opts=self.child(),
        )
        binding = rbac.RoleBinding(
            name,
            metadata=within,
            role_ref=rbac.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=role.metadata.name),
            subjects=subjects,
            opts=self.child(),
        )
        everywhere_binding = rbac.ClusterRoleBinding(
            name,
            metadata=everywhere,
            role_ref=rbac.RoleRefArgs(
                api_group="rbac.authorization.k8s.io", kind="ClusterRole", name=classes.metadata.name
            ),
            subjects=subjects,
            opts=self.child(),
        )
        bound = (binding.metadata.name, everywhere_binding.metadata.name)
        self.account = pulumi.Output.all(account.metadata.name, *bound).apply(lambda names: str(names[0]))
        self.register_outputs({"account": self.account})
