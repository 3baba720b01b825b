"""An image that is built from a folder of this checkout and, where there is a registry, pushed there."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pulumi
import pulumi_docker as docker

from components.base import Component
from components.docker.context import digest


@dataclass(frozen=True)
class Registry:
    """Where images are published.

    Whoever runs the engine is logged in there already (`docker login`): the login is no part of config, state or diff.

    Args:
        server: its host name, with its port.
        prefix: what stands before each image's own name.
        pull_secret: the Secret with which nodes pull; None when they need none.
    """

    server: str
    prefix: str
    pull_secret: str | None = None


@dataclass(frozen=True)
class BuiltImageArgs:
    """An image called `name`, from `context`, a folder with a Dockerfile.

    Args:
        root: the folder that the engine runs the program in.
        arguments: of the build.
        supplied: a folder of the context whose files come from elsewhere, checked by sums that are part of it.
        registry: None for an image that stays with the engine that built it.
        platform: of the nodes.
    """

    name: str
    context: Path
    root: Path
    arguments: Mapping[str, str] = field(default_factory=dict)
    supplied: str | None = None
    registry: Registry | None = None
    platform: str = "linux/amd64"


class BuiltImage(Component):
    """The image, tagged by what it is built from: the same content is never built or pushed twice.

    Outputs:
        reference: name and tag, known before it is built.
        published: the same, known once nodes can have it.
    """

    reference: str
    published: pulumi.Output[str]

    def __init__(self, name: str, args: BuiltImageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("docker:BuiltImage", name, opts)
        registry = args.registry
        repository = f"{registry.server}/{registry.prefix}/{args.name}" if registry else f"etl-platform/{args.name}"
        arguments = {**args.arguments, "platform": args.platform}
        self.reference = f"{repository}:{digest(args.context, arguments, args.supplied)}"
        # Relative, so that another machine's checkout is no change.
        context = Path(os.path.relpath(args.context, args.root)).as_posix()
        self.image = docker.Image(
            name,
            image_name=self.reference,
            build=docker.DockerBuildArgs(
                context=context,
                dockerfile=f"{context}/Dockerfile",
                args=dict(args.arguments),
                platform=args.platform,
            ),
            skip_push=registry is None,
            opts=self.child(),
        )
        self.published = self.image.image_name
        self.register_outputs({"reference": self.reference})
