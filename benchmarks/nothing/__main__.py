"""The provider: it hands back what it gets."""

from collections.abc import Collection, Mapping

from sandbox.plugins.host import Checked, Created, Diff, Found, Inputs, Provider, ResourceType, State, compare, serve


class Nothing:
    """A resource that exists in the engine's state alone."""

    @property
    def secret_outputs(self) -> Collection[str]:
        """None of its own."""
        return ()

    def check(self, name: str, news: Inputs, olds: Inputs | None) -> Checked:  # noqa: ARG002
        """Accept anything."""
        return Checked(news)

    def diff(self, id: str, olds: Inputs, old_state: State, news: Inputs) -> Diff:  # noqa: A002, ARG002
        """Compare."""
        return Diff(compare(olds, news))

    def create(self, urn: str, inputs: Inputs, *, preview: bool, timeout: float | None) -> Created:  # noqa: ARG002
        """Hand back the inputs."""
        return Created("" if preview else urn.rpartition("::")[2], inputs)

    def read(self, id: str, inputs: Inputs, state: State) -> Found | None:  # noqa: A002
        """Find it as it was."""
        return Found(id, inputs, state)

    def update(
        self,
        id: str,  # noqa: A002, ARG002
        olds: Inputs,  # noqa: ARG002
        old_state: State,  # noqa: ARG002
        news: Inputs,
        *,
        preview: bool,  # noqa: ARG002
        timeout: float | None,  # noqa: ARG002
    ) -> State:
        """Hand back the inputs."""
        return news

    def delete(self, id: str, inputs: Inputs, state: State, *, timeout: float | None) -> None:  # noqa: A002
        """Leave nothing."""


class NothingProvider(Provider):
    """The package `nothing`."""

    name = "nothing"
    version = "1.0.0"
    types: Mapping[str, ResourceType] = {"nothing:index:Nothing": Nothing()}


if __name__ == "__main__":
    serve(NothingProvider())
