"""What every component and every Kubernetes object of the platform has in common."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi


class Component(pulumi.ComponentResource):
    """A ComponentResource whose children all hang below it.

    Args:
        kind: the part of the type token behind the project, `databases:Server` for example.
        name: unique among components of this kind in one stack.
        opts: given to the component alone; children inherit what Pulumi lets them inherit.
    """

    def __init__(self, kind: str, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"etl-platform:{kind}", name, {}, opts)

    def child(
        self,
        *,
        provider: pulumi.ProviderResource | None = None,
        depends_on: pulumi.Input[list[pulumi.Resource]] | None = None,
        protect: bool | None = None,
        retain_on_delete: bool | None = None,
        ignore_changes: list[str] | None = None,
        delete_before_replace: bool | None = None,
    ) -> pulumi.ResourceOptions:
        """The options of a child: this component as its parent, and nothing inherited by accident."""
        return pulumi.ResourceOptions(
            parent=self,
            provider=provider,
            depends_on=depends_on,
            protect=protect,
            retain_on_delete=retain_on_delete,
            ignore_changes=ignore_changes,
            delete_before_replace=delete_before_replace,
        )


@dataclass(frozen=True)
class Owner:
    """Whose a resource is: the environment, and the team if it is not the platform's own."""

    environment: str
    team: str | None = None

    def labels(self, name: str, component: str) -> dict[str, str]:
        """The standard labels of an object.

        Source: kubernetes.io, "Recommended Labels"; the two of our own carry what cost and access reports group by.
        """
        labels = {
            "app.kubernetes.io/name": name,
            "app.kubernetes.io/component": component,
            "app.kubernetes.io/part-of": "etl-platform",
            "app.kubernetes.io/managed-by": "pulumi",
            "etl-platform/environment": self.environment,
        }
        return labels | ({"etl-platform/team": self.team} if self.team else {})


def selector(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels that tell one workload from another; the rest may change without a replacement."""
    return {key: labels[key] for key in ("app.kubernetes.io/name", "app.kubernetes.io/component")}
