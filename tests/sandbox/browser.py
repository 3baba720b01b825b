"""A person's browser: headless Chromium with an empty profile that trusts one authority and knows a few hosts.

It runs in the Debian of `make build PART=browser`, in namespaces of its own except the network's: it reaches what this
machine reaches, and what it mounts, writes and starts ends with it.
"""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, Error, Page, Response, sync_playwright

from sandbox.toolchain.paths import Paths
from sandbox.toolchain.session import Session
from tests.sandbox.people import Person

USER = 65534  # nobody: the tests are root, and pages are never to be
SIZE = 1280, 900
TRIES = 10

# The root stays read-only. Chromium wants /proc, devices, and a home to write to; Playwright speaks to it over the
# pipes 3 and 4, which pass through all of this.
LAUNCHER = """#!/bin/sh
exec unshare --mount --pid --fork --kill-child --propagation private sh -euc '
root=$1 home=$2 user=$3
shift 3
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
mkdir -m 1777 "$root/dev/shm"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mkdir -p "$root$home"
mount --bind "$home" "$root$home"
chown -R "$user:$user" "$home"
export HOME="$home" LC_ALL=C.UTF-8 PATH=/usr/bin:/bin:/usr/sbin:/sbin
cd /
trust="chroot --userspec=$user:$user $root certutil -d sql:$home/.pki/nssdb"
chroot --userspec=$user:$user "$root" mkdir -p "$home/.pki/nssdb"
$trust -N --empty-password
$trust -A -t C,, -n authority -i "$home/ca.crt"
exec chroot --userspec="$user:$user" "$root" chromium "$@"
' browser {arguments} "$@"
"""


@contextmanager
def browser(authority: Path, hosts: Mapping[str, str] | None = None) -> Iterator[BrowserContext]:
    """A browser, until the block ends; `new_page()` of it opens a page.

    Args:
        authority: the certificate (PEM) that it trusts beside the public ones.
        hosts: address by host name, for names that no DNS here knows.

    Raises:
        ToolchainError: it is not here and cannot be had.
    """
    Session.open().build(["browser"])
    root = Paths.find().browser
    rules = ", ".join(f"MAP {name} {address}" for name, address in (hosts or {}).items())
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home, launcher = Path(folder, "home"), Path(folder, "chromium")
        home.mkdir()
        (home / "ca.crt").write_bytes(authority.read_bytes())
        arguments = (shlex.quote(str(each)) for each in (root.resolve(), home, USER))
        launcher.write_text(LAUNCHER.replace("{arguments}", " ".join(arguments)))
        launcher.chmod(0o755)
        context = playwright.chromium.launch_persistent_context(
            home / "profile",
            executable_path=launcher,
            # Its own sandbox needs user namespaces, which not every kernel gives; it stands in namespaces already.
            chromium_sandbox=False,
            args=[f"--host-resolver-rules={rules}"] if rules else [],
            viewport={"width": SIZE[0], "height": SIZE[1]},
        )
        try:
            yield context
        finally:
            context.close()


def visit(page: Page, address: str) -> Response:
    """Open an address; once more when the machine's interfaces changed meanwhile, as each pod's start changes them.

    Raises:
        Error: the browser does not open it.
    """
    for _ in range(TRIES):
        try:
            answer = page.goto(address)
        except Error as error:
            if "ERR_NETWORK_CHANGED" not in error.message:
                raise
            continue
        assert answer is not None, address
        return answer
    raise AssertionError(f"{address}: the machine's network changed {TRIES} times while it was opened")


def log_in(page: Page, address: str, who: Person) -> None:
    """Open an address that asks for a login, and go through Keycloak's page to wherever it leads.

    Raises:
        Error: the browser does not open it, or no login is asked for.
    """
    for _ in range(TRIES):
        visit(page, address)
        page.locator("#kc-form-login").wait_for()
        page.fill("#username", who.username)
        page.fill("#password", who.password)
        page.click("#kc-login")
        # A click returns while the form is still there: only when it is gone has the answer come.
        page.locator("#kc-form-login").wait_for(state="detached")
        page.wait_for_load_state()
        # Where the network changed on the way from the form, nobody got what was typed.
        if not page.url.startswith("chrome-error:"):
            return
    raise AssertionError(f"{address}: the machine's network changed {TRIES} times during the login")
