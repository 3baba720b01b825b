"""A database's life: it grows, its passwords rotate, and it goes in two steps. One story, in the order of the tests."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from kubernetes import client

from tests.sandbox.environment.stack import BOUND, Stack

pytestmark = pytest.mark.sandbox
NAMESPACE, NAME = "reporting-data", "changing"
BACKUP = {"schedule": "15 1 * * *", "keep": {"daily": 1}}
ENTRY: dict[str, Any] = {"name": NAME, "backup": BACKUP}
VAULT, BACKUPS = "platform-backup", f"reporting-{NAME}"
LARGER = ENTRY | {"size": "medium"}


@pytest.fixture(scope="module")
def changing(stack: Stack) -> Iterator[Stack]:
    """The dev stack with one database more, in which a table holds a row."""
    stack.up_with(ENTRY)
    with stack.connect(NAME, "owner") as owner:
        owner.execute("CREATE TABLE public.kept AS SELECT 1 AS number")
    yield stack
    if any(each["name"] == NAME for each in stack.outputs["databases"]):
        stack.remove(LARGER)


def refusal(stack: Stack, *entries: dict[str, Any]) -> str:
    """What the preview of a config says that must be refused."""
    done = stack.pulumi("preview", "--config-file", str(stack.config(*entries)), check=False)
    assert done.returncode != 0
    return done.stdout + done.stderr


def identities(stack: Stack) -> tuple[Any, Any]:
    """The uids of claim and StatefulSet: another one is another object."""
    apps: Any = client.AppsV1Api(stack.cluster.api_client)
    claim = stack.cluster.read_namespaced_persistent_volume_claim(f"{NAME}-data", NAMESPACE)
    return claim.metadata.uid, apps.read_namespaced_stateful_set(NAME, NAMESPACE).metadata.uid


def capacity(stack: Stack) -> str:
    claim = stack.cluster.read_namespaced_persistent_volume_claim(f"{NAME}-data", NAMESPACE)
    return str(claim.status.capacity["storage"])


def test_a_larger_size_grows_disk_memory_and_settings_in_place(changing: Stack) -> None:
    before = identities(changing)
    changing.up_with(LARGER)
    assert identities(changing) == before
    deadline = time.monotonic() + BOUND
    while capacity(changing) != "2Gi" and time.monotonic() < deadline:
        time.sleep(0.5)
    assert capacity(changing) == "2Gi"
    pod = changing.cluster.read_namespaced_pod(f"{NAME}-0", NAMESPACE)
    assert pod.spec.containers[0].resources.limits["memory"] == "512Mi"
    with changing.connect(NAME, "owner") as owner:
        assert owner.execute("SELECT number FROM public.kept").fetchall() == [(1,)]
        assert owner.execute("SHOW shared_buffers").fetchall() == [("128MB",)]
    changing.up("--expect-no-changes", "--config-file", str(changing.config(LARGER)))


def test_a_smaller_size_is_refused_with_the_reason(changing: Stack) -> None:
    assert "its disk would shrink from 2 to 1 GiB, and no volume can." in refusal(changing, ENTRY)


def test_passwords_rotate_while_a_writer_goes_on_writing(changing: Stack) -> None:
    with changing.connect(NAME, "owner") as owner:
        owner.execute("CREATE TABLE public.written (at timestamptz DEFAULT now())")
    old = changing.secret(changing.database(NAME)["secret"])
    failures: list[str] = []
    done = threading.Event()

    def write() -> None:
        """A program that opens a session for each row, with the credentials that the Secret holds at that moment."""
        while not done.is_set():
            try:
                with changing.connect(NAME, "writer") as writer:
                    writer.execute("INSERT INTO public.written DEFAULT VALUES")
            except (psycopg.Error, KeyError) as error:
                failures.append(str(error))
            time.sleep(0.1)

    program = threading.Thread(target=write)
    where = changing.database(NAME)  # read once: the thread must not run the engine
    assert where["secret"] == f"{NAMESPACE}/{NAME}-connection"
    program.start()
    try:
        changing.up("--config-file", str(changing.config(LARGER | {"credentials": [1, 2]})))
        with changing.connect(NAME, "owner", user=old["owner-username"], password=old["owner-password"]) as owner:
            owner.execute("SELECT 1")
        changing.up("--config-file", str(changing.config(LARGER | {"credentials": [2]})))
    finally:
        done.set()
        program.join()
    assert failures == []
    new = changing.secret(where["secret"])
    assert new["writer-username"] == f"{NAME}_writer_2"
    for kind in ("owner", "writer", "reader"):
        assert new[f"{kind}-password"] != old[f"{kind}-password"]
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            changing.connect(NAME, kind, user=old[f"{kind}-username"], password=old[f"{kind}-password"])
    with changing.connect(NAME, "owner") as owner:
        owner.execute("CREATE TABLE public.later (number int)")
        owners = owner.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert owners == [(f"{NAME}_owner",)]


def test_an_entry_that_was_not_retired_cannot_be_removed(changing: Stack) -> None:
    said = refusal(changing)
    assert f"database {NAME} of team reporting: deployed, and no longer asked for" in said
    assert "set `retired: true` on its entry and apply that; then remove the entry" in said


def test_a_retired_database_is_closed_to_all_but_its_owner_and_keeps_its_data(changing: Stack) -> None:
    changing.up_with(LARGER | {"retired": True})
    for kind in ("writer", "reader"):
        with pytest.raises(psycopg.OperationalError, match="is not permitted to log in"):
            changing.connect(NAME, kind)
    with changing.connect(NAME, "owner") as owner:
        assert owner.execute("SELECT number FROM public.kept").fetchall() == [(1,)]
    assert "is whole" in changing.operate("backup", f"reporting/{NAME}"), "a retired database is still backed up"


def test_after_that_the_entry_can_go_and_its_disk_goes_too(changing: Stack) -> None:
    changing.up_with()
    assert NAME not in {each["name"] for each in changing.outputs["databases"]}
    claims = changing.cluster.list_namespaced_persistent_volume_claim(NAMESPACE).items
    assert f"{NAME}-data" not in {each.metadata.name for each in claims if not each.metadata.deletion_timestamp}


def test_its_last_backup_and_the_key_to_it_stay(changing: Stack) -> None:
    def kept(found: Any) -> list[str]:
        names = (each.metadata.name for each in found.items if not each.metadata.deletion_timestamp)
        return [name for name in names if name.startswith(f"{BACKUPS}-")]

    claims = kept(changing.cluster.list_namespaced_persistent_volume_claim(VAULT))
    keys = kept(changing.cluster.list_namespaced_secret(VAULT))
    assert claims == [f"{BACKUPS}-backups"]
    assert [key.rpartition("-")[0] for key in keys] == [f"{BACKUPS}-key"]
    for name in claims:
        changing.cluster.delete_namespaced_persistent_volume_claim(name, VAULT)
    for name in keys:
        changing.cluster.delete_namespaced_secret(name, VAULT)
