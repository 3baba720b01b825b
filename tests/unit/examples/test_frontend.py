"""The sample frontend's parts; its logins run against the real Keycloak in tests/sandbox/local."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest

from examples.frontend.frontend import pages, sessions
from examples.frontend.frontend.oidc import Attempt, LoginError, Person, Provider, claims_of
from examples.frontend.frontend.sessions import Sessions
from examples.frontend.frontend.settings import Settings, SettingsError
from tests.sandbox.authority import Authority

ENVIRON = {
    "FRONTEND_ORIGIN": "https://app.etl.localhost:8444",
    "OIDC_ISSUER": "https://id.etl.localhost:8443/realms/etl",
    "OIDC_CLIENT": "frontend",
}
ATTEMPT = Attempt("s", "n", "v")


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Provider:
    folder = tmp_path_factory.mktemp("files")
    (folder / "ca.crt").write_text(Authority().certificate)
    return Provider(Settings.read({**ENVIRON, "FRONTEND_FILES": str(folder)}))


def token(**claims: Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"x.{payload}.x"


def good(**changes: Any) -> dict[str, Any]:
    claims = {
        "iss": ENVIRON["OIDC_ISSUER"],
        "aud": "frontend",
        "azp": "frontend",
        "exp": time.time() + 60,
        "nonce": "n",
        "sub": "1",
        "preferred_username": "ada",
        "roles": ["b", "a"],
    }
    return claims | changes


def person(provider: Provider, claims: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Person:
    monkeypatch.setattr(Provider, "_exchange", lambda *_: {"id_token": token(**claims)})
    return provider.person(ATTEMPT, "code")


def test_a_token_for_this_login_says_who_it_is(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    found = person(provider, good(), monkeypatch)
    assert (found.name, found.roles) == ("ada", ("a", "b"))
    assert person(provider, good(aud=["frontend", "other"]), monkeypatch).name == "ada"


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "https://id.etl.localhost:8443/realms/other"),
        ("aud", "another"),
        ("aud", None),
        ("azp", "another"),
        ("exp", 1_700_000_000),
        ("exp", True),
        ("exp", None),
        ("nonce", "another"),
        ("nonce", None),
        ("sub", ""),
    ],
)
def test_a_token_for_anything_else_is_refused(
    provider: Provider, claim: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LoginError, match="not for this login"):
        person(provider, good(**{claim: value}), monkeypatch)


@pytest.mark.parametrize("text", ["", "a.b", "a.!.c", f"a.{base64.urlsafe_b64encode(b'[1]').decode()}.c"])
def test_what_is_no_token_is_refused_in_words(text: str) -> None:
    with pytest.raises(LoginError, match=r"no ID token|without claims"):
        claims_of(text)


def test_a_return_without_a_code_is_a_refusal(provider: Provider) -> None:
    with pytest.raises(LoginError, match="refused"):
        provider.person(ATTEMPT, "")


def test_the_challenge_is_the_verifiers_digest() -> None:
    attempt = Attempt.new()
    padded = attempt.challenge + "="
    assert base64.urlsafe_b64decode(padded) == hashlib.sha256(attempt.verifier.encode()).digest()
    assert len(attempt.verifier) >= 43, "RFC 7636, section 4.1"


def test_a_login_returns_once_with_its_own_state() -> None:
    known = Sessions()
    key, attempt = known.begin()
    assert known.returned("another", attempt.state) is None
    key, attempt = known.begin()
    assert known.returned(key, "another") is None
    assert known.returned(key, attempt.state) is None, "the failed return was its one"
    key, attempt = known.begin()
    assert known.returned(key, attempt.state) == attempt
    assert known.returned(key, attempt.state) is None


def test_sessions_end_and_never_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MOST", 3)
    known, ada = Sessions(), Person("ada", (), "", 0)
    keys = [known.enter(ada) for _ in range(4)]
    assert [known.person(key) is None for key in keys] == [True, False, False, False]
    assert known.leave(keys[1]) == ada
    assert known.person(keys[1]) is None
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + sessions.SESSION_SECONDS + 1)
    assert known.person(keys[2]) is None


def test_names_and_roles_are_text_and_no_markup() -> None:
    page = pages.home(Person("<b>ada</b>", ("<i>",), "", 0), '"')
    assert "<b>" not in page
    assert "<i>" not in page
    assert "&lt;b&gt;ada" in page


def test_what_is_missing_is_named_and_plain_http_refused() -> None:
    with pytest.raises(SettingsError, match=r"FRONTEND_ORIGIN[\s\S]*OIDC_CLIENT"):
        Settings.read({"OIDC_ISSUER": "https://x"})
    with pytest.raises(SettingsError, match="http://x: an address of a login begins with https"):
        Settings.read({**ENVIRON, "OIDC_INSIDE": "http://x"})


def test_its_packages_are_those_of_the_platform() -> None:
    root = Path(__file__).resolve().parents[3]
    lock = (root / "requirements.lock").read_text()
    for example in ("frontend", "service"):
        for line in (root / "examples" / example / "requirements.txt").read_text().splitlines():
            assert f"\n{line} " in lock
