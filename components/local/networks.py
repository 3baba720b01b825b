"""The engine's networks: who meets whom, and who may go out."""

from collections.abc import Mapping

import pulumi
import pulumi_docker as docker

from components.base import Component, Owner
from components.local.names import named

UNMASQUERADED = {"com.docker.network.bridge.enable_ip_masquerade": "false"}


class Networks(Component):
    """Three networks.

    Outputs:
        front: what people reach: Keycloak and the frontend.
        back: what only containers reach. It has no way out, and the engine publishes no port of it.
        data: the database server alone, whose port is published from here. Nothing that it sends out finds its way
            back, for its addresses are not translated.
    """

    def __init__(self, name: str, environment: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("local:Networks", name, opts)

        def network(short: str, *, internal: bool = False, options: Mapping[str, str] | None = None) -> docker.Network:
            return docker.Network(
                f"{name}-{short}",
                name=named(environment, short),
                driver="bridge",
                internal=internal,
                options=options,
                labels=[
                    docker.NetworkLabelArgs(label=key, value=value)
                    for key, value in Owner(environment).labels(short, "network").items()
                ],
                opts=self.child(delete_before_replace=True),
            )

        self.front = network("front").name
        self.back = network("back", internal=True).name
        self.data = network("data", options=UNMASQUERADED).name
        self.register_outputs({"front": self.front, "back": self.back, "data": self.data})
