"""The pages. Every element that a test or a script looks for has an id."""

from __future__ import annotations

from html import escape

from .oidc import Person

DATA_MANAGER = "Data Manager"
STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; color: #1b1f24 }
a, button { color: #0b57d0; font: inherit } li { margin: .2rem 0 } nav { margin: 1.5rem 0 }
button { background: none; border: 1px solid; border-radius: .3rem; padding: .3rem .8rem; cursor: pointer }
"""
_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<link rel="stylesheet" href="/style.css"></head>
<body><h1 id="title">{title}</h1>
{content}
</body></html>
"""


def welcome() -> str:
    """For who has not logged in."""
    return _page("ETL platform", '<p><a id="login" href="/login">Log in</a></p>')


def home(person: Person, token: str) -> str:
    """Who someone is, and which roles they have.

    Args:
        token: proves that the request to log out comes from this page.
    """
    listed = "\n".join(f'<li class="role">{escape(role)}</li>' for role in person.roles)
    roles = f'<ul id="roles">\n{listed}\n</ul>' if person.roles else '<p id="no-roles">You have no roles yet.</p>'
    return _page(
        "ETL platform",
        f"""<p>You are <strong id="person">{escape(person.name)}</strong>. Your roles:</p>
{roles}
<nav><a id="data" href="/data">Data management</a></nav>
<form method="post" action="/logout"><input type="hidden" name="token" value="{escape(token)}">
<button id="logout" type="submit">Log out</button></form>""",
    )


def data(person: Person) -> str:
    """For Data Managers alone."""
    return _page(
        "Data management",
        f'<p id="welcome">{escape(person.name)}, you manage data here.</p><p><a id="home" href="/">Back</a></p>',
    )


def refused() -> str:
    """For whoever lacks the role of a page."""
    return _page(
        "Not for you",
        f'<p id="refused">This page is for the role {DATA_MANAGER}.</p><p><a id="home" href="/">Back</a></p>',
    )


def failed(reason: str) -> str:
    """A login that did not work."""
    return _page("Not logged in", f'<p id="reason">{escape(reason)}</p><p><a id="login" href="/login">Log in</a></p>')


def missing() -> str:
    """No such page."""
    return _page("No such page", '<p><a id="home" href="/">Back</a></p>')


def may_manage(person: Person) -> bool:
    """Whether someone is a Data Manager."""
    return DATA_MANAGER in person.roles


def _page(title: str, content: str) -> str:
    return _PAGE.format(title=escape(title), content=content)
