"""Configuration, certificates and passwords for a container: files on a volume, never environment variables.

The engine writes no files into a container whose root is read-only. So a second container, which is never started, has
the volume and takes the files; the service mounts it read-only.
"""

from collections.abc import Mapping

import pulumi
import pulumi_docker as docker

from components.base import Component
from components.workload import checksum

# Its user alone reads them: they lie beside each other, secret or not.
MODE = "0400"


class Files(Component):
    """A volume with these files.

    Args:
        image: any that the engine has; nothing of it runs.
        at: the folder that the files are in.
        content: by file name.
        uid: who may read them.

    Outputs:
        volume: its name.
        digest: follows from the content; a container that carries it is replaced when that changes.
    """

    def __init__(
        self,
        name: str,
        *,
        image: pulumi.Input[str],
        at: str,
        content: Mapping[str, pulumi.Input[str]],
        uid: int,
        labels: Mapping[str, str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("local:Files", name, opts)
        self.at = at
        volume = docker.Volume(
            name,
            name=name,
            labels=[docker.VolumeLabelArgs(label=key, value=value) for key, value in labels.items()],
            opts=self.child(delete_before_replace=True),
        )
        self.volume = volume.name
        self.filled = docker.Container(
            name,
            name=name,
            image=image,
            start=False,
            must_run=False,
            network_mode="none",
            labels=[docker.ContainerLabelArgs(label=key, value=value) for key, value in labels.items()],
            mounts=[docker.ContainerMountArgs(type="volume", source=volume.name, target=at)],
            uploads=[
                docker.ContainerUploadArgs(
                    file=f"{at}/{file}", content=text, permissions=MODE, owner=str(uid), group=str(uid)
                )
                for file, text in content.items()
            ],
            opts=self.child(delete_before_replace=True),
        )
        # The digest of a secret text is no secret: the texts hold keys and passwords of 190 bits.
        told = pulumi.Output.all(**content).apply(checksum)
        self.digest: pulumi.Output[str] = pulumi.Output.unsecret(told)
        self.register_outputs({"volume": self.volume})

    @property
    def mount(self) -> docker.ContainerMountArgs:
        """The files, for the container that reads them."""
        return docker.ContainerMountArgs(type="volume", source=self.volume, target=self.at, read_only=True)
