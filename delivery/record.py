"""Run the program in this process and take down what it declares, without engine, cluster, credential or network."""

import asyncio
import contextvars
import gc
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pulumi import runtime
from pulumi.runtime import config as runtime_config
from pulumi.runtime import settings as runtime_settings

from delivery.monitor import Identity, Log, Monitor
from delivery.provenance import traced
from delivery.recording import Outputs, Recording

# The SDK's serializer, which `traced` extends, exists once per process.
_ONE_AT_A_TIME = threading.Lock()


def record(
    build: Callable[[], object],
    *,
    project: str = "etl-platform",
    stack: str = "dev",
    preview: bool = True,
    config: Mapping[str, str] | None = None,
    outputs: Outputs | None = None,
) -> Recording:
    """Run `build` to its end, every `apply` included, and return what it registered.

    Each run has a thread, event loop and context of its own: it neither sees nor leaves any state of Pulumi's.

    Args:
        build: registers resources, and may `pulumi.export`; a coroutine that it returns is awaited.
        preview: what `pulumi.runtime.is_dry_run()` tells the program. Outputs that a provider computes are unknown in
            either case, so an `apply` on them does not run; outside a preview they do not count as secret.
        config: the stack's config, `etl-platform:domain: …`, values as Pulumi passes them.
        outputs: called with type token, name and recorded inputs of each resource; what it returns is known to the
            program as that resource's outputs (wire names; `id` for its identity). What a resource marks as a secret
            output stays secret.

    Raises:
        RecordingError: two resources have one URN, or an answer is needed that only a provider has.
        Exception: what the program itself raised, as it is.
    """
    identity = Identity(project, stack)
    run = _Run(build, Monitor(identity, outputs, preview=preview), identity, preview, dict(config or {}))
    with _ONE_AT_A_TIME, traced(), _uncollected():
        thread = threading.Thread(target=contextvars.Context().run, args=(run,), name=f"record {project}/{stack}")
        thread.start()
        thread.join()
    if run.failure is not None:
        raise run.failure
    return run.monitor.recording(tuple(run.log.messages))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the cyclic garbage collector, which finds next to nothing in a run and takes two fifths of its time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class _Run:
    """One run of the program, to be called in a thread and context of its own."""

    def __init__(
        self,
        build: Callable[[], object],
        monitor: Monitor,
        identity: Identity,
        preview: bool,
        config: dict[str, str],
    ) -> None:
        self.build = build
        self.monitor = monitor
        self.log = Log()
        self.failure: BaseException | None = None
        self._identity = identity
        self._preview = preview
        self._config = config

    def __call__(self) -> None:
        runtime_settings.configure(
            runtime_settings.Settings(
                project=self._identity.project,
                stack=self._identity.stack,
                organization="organization",
                monitor=self.monitor,
                engine=self.log,
                dry_run=self._preview,
                legacy_apply_enabled=False,
            )
        )
        runtime_settings.set_root_resource(None)  # type: ignore[arg-type]
        runtime_config.set_all_config(self._config, [])
        try:
            with asyncio.Runner() as runner:
                # A failure is raised once, below; the tasks that failed along with it need no log lines of their own.
                runner.get_loop().set_exception_handler(lambda _loop, _context: None)
                runner.run(runtime.run_in_stack(self._program))
        except BaseException as failure:  # noqa: BLE001 - handed to the calling thread
            self.failure = self.failure or failure

    def _program(self) -> Any:
        try:
            return self.build()
        except BaseException as failure:
            # What the program raised explains more than the registrations that fail after it.
            self.failure = failure
            raise
