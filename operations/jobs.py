"""Jobs made by hand from the CronJobs that the platform declared, followed until they end."""

import copy
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubernetes import client, config
from urllib3.exceptions import HTTPError

from operations.errors import OperationError

PATIENCE = 120  # seconds until a pod that does not start is given up, with the cluster's reason
POLL = 0.5
NO_CLUSTER = "the sandbox does not run; `make up` starts it"


@dataclass(frozen=True)
class Runner:
    """The cluster, for running jobs."""

    batch: Any
    core: Any

    @classmethod
    def connect(cls, context: str | None = None) -> "Runner":
        """Connect as kubectl does.

        Raises:
            OperationError: there is no kubeconfig, or no such context.
        """
        try:
            api = config.new_client_from_config(context=context)  # type: ignore[no-untyped-call]
        except config.ConfigException as error:
            if context is None:
                raise OperationError(NO_CLUSTER) from error
            raise OperationError(
                f"no kubeconfig context is called {context!r}; `kubectl config get-contexts` lists yours"
            ) from error
        return cls(client.BatchV1Api(api), client.CoreV1Api(api))

    def templates(self, namespace: str, selector: str) -> list[Any]:
        """The CronJobs with these labels.

        Raises:
            OperationError: the cluster does not answer, or refuses.
        """
        try:
            found = self.batch.list_namespaced_cron_job(namespace, label_selector=selector, _request_timeout=30).items
        except client.ApiException as error:
            raise OperationError(f"the cluster refused to list the jobs of {namespace}: {error.reason}") from error
        except HTTPError as error:
            raise OperationError("the cluster does not answer; `make up` starts the sandbox") from error
        return list(found)

    def run(
        self,
        template: Any,
        *,
        variables: Mapping[str, str] | None = None,
        only: str | None = None,
        command: Sequence[str] | None = None,
        show: bool = False,
    ) -> list[str]:
        """Run one job of a CronJob's template to its end, and return the lines that it said.

        Args:
            template: the CronJob.
            variables: added to the environment of every container.
            only: run this container, and those before it as they are, and nothing after it.
            command: what it runs instead of its own command.
            show: print the lines as they come.

        Raises:
            OperationError: it failed, with its last words.
        """
        job = self.batch.create_namespaced_job(
            template.metadata.namespace, from_template(template, variables or {}, only=only, command=command)
        )
        said: list[str] = []
        try:
            for line in self._follow(job):
                said.append(line)
                if show:
                    print(line, flush=True)
        except BaseException:
            self._remove(job)
            raise
        self._wait(job)
        return said

    def _follow(self, job: Any) -> Iterator[str]:
        """The lines of each container in turn."""
        pod = self._pod(job)
        name, namespace = pod.metadata.name, pod.metadata.namespace
        for container in [*(pod.spec.init_containers or []), *pod.spec.containers]:
            if not self._started(name, namespace, container.name):
                return
            log = self.core.read_namespaced_pod_log(
                name, namespace, container=container.name, follow=True, _preload_content=False
            )
            for line in log:
                yield line.decode(errors="replace").rstrip("\n")

    def _pod(self, job: Any) -> Any:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = self.core.list_namespaced_pod(
                job.metadata.namespace, label_selector=f"batch.kubernetes.io/job-name={job.metadata.name}"
            ).items
            if found:
                return found[0]
            time.sleep(POLL)
        raise OperationError(
            f"the cluster made no pod for the job {job.metadata.name} within {PATIENCE} s; "
            f"`kubectl describe job -n {job.metadata.namespace} {job.metadata.name}` says why"
        )

    def _started(self, pod: str, namespace: str, container: str) -> bool:
        """Wait until the container runs or has run; False when an earlier one failed, so that it never will."""
        end = time.monotonic() + PATIENCE
        why = "it is not scheduled"
        while time.monotonic() < end:
            found = self.core.read_namespaced_pod(pod, namespace)
            states = {
                each.name: each.state
                for each in [*(found.status.init_container_statuses or []), *(found.status.container_statuses or [])]
            }
            state = states.get(container)
            if state and (state.running or state.terminated):
                return True
            if found.status.phase == "Failed":
                return False
            why = _waiting(found, state) or why
            time.sleep(POLL)
        raise OperationError(f"the pod {pod} did not start within {PATIENCE} s: {why}")

    def _wait(self, job: Any) -> None:
        name, namespace = job.metadata.name, job.metadata.namespace
        while True:
            status = self.batch.read_namespaced_job(name, namespace).status
            if status.succeeded:
                return
            if any(each.type == "Failed" and each.status == "True" for each in status.conditions or []):
                raise OperationError(self._last_words(name, namespace))
            time.sleep(POLL)

    def _last_words(self, job: str, namespace: str) -> str:
        pods = self.core.list_namespaced_pod(namespace, label_selector=f"batch.kubernetes.io/job-name={job}").items
        for pod in pods:
            for each in [*(pod.status.init_container_statuses or []), *(pod.status.container_statuses or [])]:
                ended = each.state.terminated
                if ended and ended.exit_code != 0:
                    return (ended.message or f"{each.name} ended with {ended.exit_code} ({ended.reason})").strip()
        return f"the job {job} failed; `kubectl describe job -n {namespace} {job}` says more"

    def _remove(self, job: Any) -> None:
        self.batch.delete_namespaced_job(
            job.metadata.name, job.metadata.namespace, propagation_policy="Background", _request_timeout=30
        )


def from_template(
    template: Any, variables: Mapping[str, str], *, only: str | None = None, command: Sequence[str] | None = None
) -> Any:
    """A job of the CronJob, owned by it as those are that it starts itself, so that its history limits hold."""
    spec = copy.deepcopy(template.spec.job_template.spec)
    spec.backoff_limit = 0  # whoever started it looks at it
    pod = spec.template.spec
    if only:
        every = [*(pod.init_containers or []), *pod.containers]
        last = [each.name for each in every].index(only)
        pod.init_containers, pod.containers = every[:last] or None, [every[last]]
    for container in pod.containers if only else [*(pod.init_containers or []), *pod.containers]:
        further = [client.V1EnvVar(name=name, value=value) for name, value in variables.items()]
        container.env = [*(container.env or []), *further]
        container.command = list(command) if command else container.command
    owner = client.V1OwnerReference(
        api_version="batch/v1", kind="CronJob", name=template.metadata.name, uid=template.metadata.uid, controller=True
    )
    return client.V1Job(
        metadata=client.V1ObjectMeta(
            name=f"{template.metadata.name}-{secrets.token_hex(4)}",
            labels=template.spec.job_template.metadata.labels,
            annotations={"cronjob.kubernetes.io/instantiate": "manual"},
            owner_references=[owner],
        ),
        spec=spec,
    )


def _waiting(pod: Any, state: Any) -> str:
    if state and state.waiting and state.waiting.reason not in ("PodInitializing", "ContainerCreating"):
        return f"{state.waiting.reason}: {state.waiting.message or 'no more is known'}"
    for each in pod.status.conditions or []:
        if each.type == "PodScheduled" and each.status == "False":
            return str(each.message)
    return ""
