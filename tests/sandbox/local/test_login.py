"""People at the sample frontend: the code flow with PKCE through the real Keycloak, roles, refusals, logging out."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.sandbox.local.conftest import PASSWORD, Deployed

pytestmark = pytest.mark.sandbox


def test_an_analyst_logs_in_and_sees_the_roles(deployed: Deployed, people: dict[str, str]) -> None:
    page = deployed.log_in(deployed.browser(), people["Analyst"])
    assert page.element("person") == people["Analyst"]
    assert (page.element("roles") or "").split("\n")[1:-1] == [
        "Analyst",
        "default-roles-etl",
        "team:epidemiology",
        "team:epidemiology:analyst",
    ]


def test_the_data_managers_page_is_for_data_managers(deployed: Deployed, people: dict[str, str]) -> None:
    browser = deployed.browser()
    deployed.log_in(browser, people["Analyst"])
    refused = browser.get(f"{deployed.frontend}/data")
    assert refused.status == 403
    assert refused.element("refused")

    browser = deployed.browser()
    deployed.log_in(browser, people["Data Manager"])
    page = browser.get(f"{deployed.frontend}/data")
    assert page.status == 200
    assert people["Data Manager"] in (page.element("welcome") or "")


def test_without_a_login_there_is_a_way_to_one(deployed: Deployed) -> None:
    page = deployed.browser().get(f"{deployed.frontend}/")
    assert page.element("login") == "Log in"
    assert page.element("roles") is None
    asked = deployed.browser().ask("GET", f"{deployed.frontend}/login")
    query = parse_qs(urlsplit(asked.headers["Location"]).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["response_type"] == ["code"]


def test_logging_out_ends_the_session_here_and_at_keycloak(deployed: Deployed, people: dict[str, str]) -> None:
    browser = deployed.browser()
    home = deployed.log_in(browser, people["Analyst"])
    kept = {host: dict(cookies) for host, cookies in browser.cookies.items()}

    page = browser.submit(home)

    assert page.url == f"{deployed.frontend}/"
    assert page.element("login") == "Log in"
    assert browser.get(f"{deployed.frontend}/login").element("person") is None, "Keycloak asks for the password again"
    browser.cookies = kept
    assert browser.get(f"{deployed.frontend}/").element("person") is None, "the old cookie opens nothing"


def test_a_form_of_another_site_logs_nobody_out(deployed: Deployed, people: dict[str, str]) -> None:
    browser = deployed.browser()
    deployed.log_in(browser, people["Analyst"])
    assert browser.ask("POST", f"{deployed.frontend}/logout", {"token": "guessed"}).status == 403
    assert browser.get(f"{deployed.frontend}/").element("person") == people["Analyst"]


def test_a_wrong_password_opens_nothing(deployed: Deployed, people: dict[str, str]) -> None:
    page = deployed.log_in(deployed.browser(), people["Analyst"], PASSWORD + "x")
    assert page.element("person") is None
    assert "Invalid username or password" in page.text


def test_a_login_counts_once_and_in_its_own_browser(deployed: Deployed, people: dict[str, str]) -> None:
    browser = deployed.browser()
    target, fields = browser.get(f"{deployed.frontend}/login").form
    answer = browser.ask("POST", target, fields | {"username": people["Analyst"], "password": PASSWORD})
    callback = answer.headers["Location"]
    assert callback.startswith(f"{deployed.frontend}/callback?")

    assert deployed.browser().ask("GET", callback).status == 400, "another browser began no such login"
    assert browser.ask("GET", callback).status == 303
    assert browser.ask("GET", callback).status == 400, "the second time it was used already"


def test_what_the_frontend_does_reaches_the_collector(deployed: Deployed) -> None:
    browser = deployed.browser()
    browser.get(f"{deployed.frontend}/")
    until = time.monotonic() + 60
    while time.monotonic() < until:
        said = str(deployed.api.call("GET", "/containers/etl-local-collector/logs", {"stdout": True, "stderr": True}))
        if "GET /" in said:
            return
        time.sleep(1)
    pytest.fail("no span of the frontend reached the collector")


def test_pages_tell_browsers_to_be_strict(deployed: Deployed) -> None:
    page = deployed.browser().get(f"{deployed.frontend}/")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    asked = deployed.browser().ask("GET", f"{deployed.frontend}/login")
    cookie = asked.headers["Set-Cookie"]
    assert cookie.startswith("__Host-")
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
