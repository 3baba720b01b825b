"""Spark as the sandbox supplies it: the operator submits by its own Spark, and the jobs run on the newer one."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import demands
from sandbox.plugins.kubernetes.cluster import Cluster
from sandbox.plugins.kubernetes.options import Options
from sandbox.toolchain.session import Session
from tests.sandbox.plugins.harness import Project
from tests.sandbox.plugins.kubernetes.sandbox import Namespace

pytestmark = pytest.mark.sandbox

DOCKERFILE = """
ARG SPARK
FROM ${SPARK}
COPY count.py /opt/job/
"""
# Something that is wrong unless rows really went to the executor's Python and back.
JOB = """
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
total = spark.sparkContext.parallelize(range(1000), 4).map(lambda number: number * number).sum()
print(f"Spark {spark.version}: {total}")
spark.stop()
"""
PROGRAM = """
import os
import pulumi
import pulumi_docker as docker
import pulumi_kubernetes as k8s
from pulumi import ResourceOptions

name, spark, operator = os.environ["NAMESPACE"], os.environ["SPARK"], os.environ["OPERATOR"]
version = spark.rpartition(":")[2].partition("-")[0]
restricted = {"pod-security.kubernetes.io/enforce": "restricted"}
jobs = k8s.core.v1.Namespace("jobs", metadata=dict(name=name, labels=restricted))
image = docker.Image("image", image_name=f"etl-tests/{name}:1", skip_push=True,
    build=docker.DockerBuildArgs(context="context", args={"SPARK": spark}))
release = k8s.helm.v3.Release("operator", name=name, namespace=name, chart="spark-operator",
    version=operator.rpartition(":")[2], timeout=180, values={
        "fullnameOverride": name,
        "controller": {"replicas": 2, "workers": 1, "resources": {"limits": {"memory": "768Mi"}}},
        "webhook": {"enable": True, "failurePolicy": "Fail", "timeoutSeconds": 30,
                    "resourceQuotaEnforcement": {"enable": True}},
        "spark": {"jobNamespaces": [name], "serviceAccount": {"create": False}, "rbac": {"create": False}},
    }, opts=ResourceOptions(depends_on=[jobs]))
inside = ResourceOptions(depends_on=[jobs])
account = k8s.core.v1.ServiceAccount("account", metadata=dict(name="spark", namespace=name), opts=inside)
role = k8s.rbac.v1.Role("role", metadata=dict(name="spark", namespace=name), opts=inside, rules=[dict(
    apiGroups=[""], resources=["pods", "configmaps", "services", "persistentvolumeclaims"],
    verbs=["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"])])
binding = k8s.rbac.v1.RoleBinding("binding", metadata=dict(name="spark", namespace=name), opts=inside,
    role_ref=dict(apiGroup="rbac.authorization.k8s.io", kind="Role", name="spark"),
    subjects=[dict(kind="ServiceAccount", name="spark", namespace=name)])
pod = {
    "cores": 1, "coreRequest": "100m", "memory": "512m",
    "podSecurityContext": {"runAsNonRoot": True, "runAsUser": 185, "fsGroup": 185,
                           "seccompProfile": {"type": "RuntimeDefault"}},
    "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                        "capabilities": {"drop": ["ALL"]}},
    "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
}
application = k8s.apiextensions.CustomResource("application", api_version="sparkoperator.k8s.io/v1beta2",
    kind="SparkApplication", metadata=dict(name="count", namespace=name, annotations={
        "pulumi.com/waitFor": "jsonpath={.status.applicationState.state}=COMPLETED",
        "pulumi.com/timeoutSeconds": "240"}),
    spec=dict(type="Python", mode="cluster", pythonVersion="3", image=image.image_name, imagePullPolicy="IfNotPresent",
        mainApplicationFile="local:///opt/job/count.py", sparkVersion=version, restartPolicy=dict(type="Never"),
        volumes=[dict(name="tmp", emptyDir={})],
        # A machine that runs all tests at once is slow to answer.
        sparkConf={f"spark.kubernetes.{who}.{what}Timeout": "60000"
                   for who in ("submission", "driver") for what in ("request", "connection")},
        driver=dict(pod, serviceAccount="spark"), executor=dict(pod, instances=1)),
    opts=ResourceOptions(depends_on=[release, image, binding, account, role]))
"""


@pytest.fixture
def namespace() -> Iterator[Namespace]:
    session = Session.open()
    demands.load(session, demands.SPARK)
    made = Namespace(Cluster(Options(kubeconfig=str(session.paths.kubeconfig))), f"spark-{secrets.token_hex(4)}")
    yield made
    made.remove()


@pytest.fixture
def project(tmp_path: Path, namespace: Namespace) -> Iterator[Project]:
    session = Session.open()
    images = session.versions.images
    variables = {
        "KUBECONFIG": str(session.paths.kubeconfig),
        "NAMESPACE": namespace.name,
        "SPARK": images["spark"],
        "OPERATOR": images["spark_operator"],
    }
    made = Project(tmp_path, "spark", variables)
    (made.folder / "context").mkdir()
    (made.folder / "context/Dockerfile").write_text(DOCKERFILE)
    (made.folder / "context/count.py").write_text(JOB)
    made.write(PROGRAM)
    yield made
    made.destroy()


def test_a_job_runs_in_an_image_of_its_own_through_the_operator(project: Project, namespace: Namespace) -> None:
    # Before the operator's definitions are there, if no other release has brought them.
    assert project.preview().changes == {"create": 7}
    assert project.up().changes == {"create": 7}

    pods = {pod["metadata"]["labels"].get("spark-role"): pod for pod in pods_of(namespace)}
    driver = pods["driver"]
    assert driver["spec"]["containers"][0]["securityContext"]["readOnlyRootFilesystem"]
    log = namespace.cluster.connection.text(f"/api/v1/namespaces/{namespace.name}/pods/count-driver/log")
    version = project.environment["SPARK"].rpartition(":")[2].partition("-")[0]
    assert f"Spark {version}: {sum(number * number for number in range(1000))}" in log
    application = namespace.get("sparkoperator.k8s.io/v1beta2", "SparkApplication", "count")
    assert application
    # Only an executor computes. Whether its pod ends well or is taken down by its driver is a race.
    assert len(application["status"]["executorState"]) == 1


def pods_of(namespace: Namespace) -> list[dict[str, Any]]:
    return namespace.cluster.listed("v1", "Pod", namespace.name, labelSelector="spark-app-name=count")
