"""The layer of Spark: the operator, the image of the jobs, and the teams' jobs."""

from collections.abc import Mapping, Sequence

import pulumi

from components.base import Owner
from components.databases.mounted import Connection
from components.docker import BuiltImage, BuiltImageArgs
from components.spark import Jobs, JobsArgs, Operator, OperatorArgs, Runtime
from components.team import Team
from stacks import arguments, jars
from stacks.images import Images, chart
from stacks.places import LIBRARY, PROGRAM
from stacks.profiles import Profile
from stacks.settings import Settings


def spark(
    settings: Settings,
    profile: Profile,
    teams: Mapping[str, Team],
    readers: Sequence[tuple[str, Connection]],
    opts: pulumi.ResourceOptions,
) -> Operator | None:
    """The operator, once any team asks for Spark; the image of the jobs, once there is one; and the jobs.

    `readers` are the connections to other teams' databases, each with the name of the team whose jobs may use it.
    """
    workspaces = {name: team.workspace for name, team in teams.items() if team.workspace}
    if not workspaces:
        return None
    images, release = Images(), chart("spark-operator")
    operator = Operator(
        "spark-operator",
        OperatorArgs(
            owner=Owner(settings.environment),
            repository=release.repository,
            version=release.version,
            image=images.spark_operator,
            size=profile.spark_operator,
            namespaces=[each.namespace for each in workspaces.values()],
        ),
        opts,
    )
    working = [team for team in teams.values() if team.args.spark and team.args.spark.jobs]
    if not working:
        return operator
    image = job_image(settings)
    registry = settings.registry
    runtime = Runtime(
        version=images.spark_version,
        image=images.spark,
        job_image=image.reference,
        core_request=profile.spark_core_request,
        pull_secrets=[registry.pull_secret] if registry and registry.pull_secret else [],
    )
    for team in working:
        Jobs(
            team.args.workspace,
            JobsArgs(
                namespace=workspaces[team.args.name].namespace,
                namespace_name=team.args.workspace,
                owner=team.owner,
                runtime=runtime,
                jobs=team.args.spark.jobs if team.args.spark else [],
                connections=[*team.connections, *(each for reader, each in readers if reader == team.args.name)],
                after=[operator.release, image.image],
                collector=workspaces[team.args.name].args.collector,
            ),
            opts,
        )
    return operator


def job_image(settings: Settings) -> BuiltImage:
    """Spark with the transform core in it, from this checkout."""
    return BuiltImage(
        "transforms",
        BuiltImageArgs(
            name="transforms",
            context=LIBRARY,
            root=PROGRAM,
            arguments={"SPARK_IMAGE": Images().spark},
            supplied=jars.FOLDER,
            registry=arguments.registry(settings),
        ),
    )
