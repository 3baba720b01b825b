"""A team's services as people meet them: in a browser, through the edge, with the platform's login."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import BrowserContext, Page, expect

from tests.sandbox.browser import browser, log_in, visit
from tests.sandbox.environment.administration import Administration, person
from tests.sandbox.environment.login import session
from tests.sandbox.environment.stack import BOUND, Stack
from tests.sandbox.people import Person

pytestmark = pytest.mark.sandbox

SCREENSHOTS = os.environ.get("ETL_PLATFORM_SCREENSHOTS")  # a folder; docs/images was filled this way
PATIENCE = 60_000  # milliseconds for one step; a bound against hanging, not a measure


@pytest.fixture
def urls(stack: Stack) -> dict[str, str]:
    """The addresses of epidemiology's services, by their names."""
    return {each["name"]: each["url"] for each in stack.outputs["services"] if each["team"] == "epidemiology"}


@pytest.fixture
def window(stack: Stack, urls: dict[str, str]) -> Iterator[BrowserContext]:
    """A browser that trusts the platform's authority and finds its hosts at the edge."""
    edge = stack.outputs["edge"]["address"]
    names = [urlsplit(each).hostname or "" for each in (*urls.values(), stack.outputs["keycloak"]["url"])]
    with browser(stack.authority, dict.fromkeys(names, edge)) as opened:
        opened.set_default_timeout(PATIENCE)
        yield opened


@pytest.fixture
def analyst(administration: Administration) -> Iterator[Person]:
    with person(administration, "/epidemiology/analyst") as made:
        yield made


@pytest.fixture
def data_manager(administration: Administration) -> Iterator[Person]:
    with person(administration, "/epidemiology/data-manager") as made:
        yield made


def roles(page: Page) -> set[str]:
    """The roles that the program was told of."""
    return set(page.inner_text("#roles").split(","))


def keep(page: Page, name: str) -> None:
    """A screenshot, where someone asked for them."""
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png")


def test_an_analyst_logs_in_sees_their_role_and_is_refused_where_only_data_managers_enter(
    stack: Stack, urls: dict[str, str], window: BrowserContext, analyst: Person
) -> None:
    page = window.new_page()
    visit(page, urls["dashboard"])
    assert page.url.startswith(f"{stack.outputs['keycloak']['url']}/realms/etl/protocol/openid-connect/auth")
    keep(page, "login")
    log_in(page, urls["dashboard"], analyst)

    expect(page.locator("#user")).to_have_text(analyst.username)
    assert page.url == f"{urls['dashboard']}/"
    assert roles(page) == {"Analyst", "team:epidemiology", "team:epidemiology:analyst"}
    assert page.inner_text("#databases").startswith("cases at ")
    keep(page, "dashboard")

    answer = visit(page, urls["corrections"])  # no second login: the session in Keycloak is there
    assert answer.status == 403
    assert page.locator("#user").count() == 0
    keep(page, "refused")


def test_a_data_manager_enters_where_an_analyst_does_not(
    urls: dict[str, str], window: BrowserContext, data_manager: Person
) -> None:
    page = window.new_page()
    log_in(page, urls["corrections"], data_manager)
    expect(page.locator("#user")).to_have_text(data_manager.username)
    assert roles(page) == {"Data Manager", "team:epidemiology", "team:epidemiology:data-manager"}


def test_the_role_in_another_team_opens_nothing_here(
    urls: dict[str, str], window: BrowserContext, administration: Administration
) -> None:
    with person(administration, "/reporting/data-manager") as stranger:
        page = window.new_page()
        log_in(page, urls["dashboard"], stranger)
        page.wait_for_url(re.compile(re.escape(urls["dashboard"])))
        assert page.locator("#user").count() == 0
        assert visit(page, urls["dashboard"]).status == 403


def test_logging_out_ends_the_session_here_and_in_keycloak(
    urls: dict[str, str], window: BrowserContext, analyst: Person, administration: Administration
) -> None:
    page = window.new_page()
    log_in(page, urls["dashboard"], analyst)
    expect(page.locator("#user")).to_be_visible()
    assert administration.call("GET", f"users/{analyst.id}/sessions")

    page.click("#logout")

    expect(page.locator("#kc-form-login")).to_be_visible()
    assert administration.call("GET", f"users/{analyst.id}/sessions") == []
    visit(page, urls["dashboard"])
    expect(page.locator("#kc-form-login")).to_be_visible()


def test_a_restart_of_keycloak_keeps_the_session(
    stack: Stack, urls: dict[str, str], window: BrowserContext, analyst: Person, keycloak: dict[str, Any]
) -> None:
    page = window.new_page()
    log_in(page, urls["dashboard"], analyst)
    expect(page.locator("#user")).to_be_visible()
    pods = stack.cluster.list_namespaced_pod("platform-identity", label_selector="app.kubernetes.io/name=keycloak")
    for pod in pods.items:
        stack.cluster.delete_namespaced_pod(pod.metadata.name, "platform-identity", grace_period_seconds=0)
    wait_for(keycloak, stack, without={pod.metadata.name for pod in pods.items})
    window.clear_cookies(name="__Host-session_0")
    window.clear_cookies(name="__Host-session_1")
    window.clear_cookies(name="__Host-session")

    visit(page, urls["dashboard"])

    expect(page.locator("#user")).to_have_text(analyst.username)  # by Keycloak's session; nobody typed a password


def wait_for(keycloak: dict[str, Any], stack: Stack, *, without: set[str]) -> None:
    """Until Keycloak answers again, by other pods than these."""
    selector = "app.kubernetes.io/name=keycloak"
    for _ in range(BOUND):
        found = stack.cluster.list_namespaced_pod("platform-identity", label_selector=selector).items
        new = [pod for pod in found if pod.metadata.name not in without]
        statuses = [pod.status.container_statuses or [] for pod in new]
        if new and all(those and all(each.ready for each in those) for those in statuses):
            with session(keycloak, str(stack.authority)) as asking, suppress(requests.ConnectionError):
                if asking.get(f"{keycloak['url']}/realms/{keycloak['realm']}", timeout=60).ok:
                    return
        time.sleep(1)
    raise AssertionError("Keycloak did not come back")


def test_what_a_client_says_of_itself_reaches_no_program(
    urls: dict[str, str], window: BrowserContext, analyst: Person
) -> None:
    window.set_extra_http_headers({
        "X-Forwarded-Preferred-Username": "root", "X-Forwarded-Groups": "team:epidemiology:data-manager",
        "X-Forwarded-User": "root",
    })  # fmt: skip
    page = window.new_page()
    log_in(page, urls["dashboard"], analyst)
    expect(page.locator("#user")).to_have_text(analyst.username)
    assert "team:epidemiology:data-manager" not in roles(page)


def test_the_session_is_a_cookie_that_no_script_and_no_other_host_sees(
    urls: dict[str, str], window: BrowserContext, analyst: Person
) -> None:
    page = window.new_page()
    log_in(page, urls["dashboard"], analyst)
    expect(page.locator("#user")).to_be_visible()
    cookies: list[Any] = [each for each in window.cookies(urls["dashboard"]) if "session" in each["name"]]
    assert cookies
    for each in cookies:
        assert each["name"].startswith("__Host-")
        assert each["httpOnly"]
        assert each["secure"]
        assert each["sameSite"] == "Lax"
    assert "session" not in page.evaluate("document.cookie")
