"""The tables of docs/access-roles.md; `python -m components.identity.reference --write` renews them in the page."""

import sys
from collections.abc import Sequence
from pathlib import Path

from components.identity.permissions import (
    ADMINISTRATOR,
    ADMINISTRATORS,
    PERMISSIONS,
    PLACES,
    TEAM_TITLES,
    Place,
    group_path,
    member_role,
    team_role,
)
from transforms.documents import pages
from transforms.documents.pages import END, begin

PAGE = Path(__file__).resolve().parents[2] / "docs" / "access-roles.md"
BEGIN = begin("components/identity/permissions.py")


def text() -> str:
    """The generated part of the page, with its marks."""
    head = "| place | " + " | ".join(PERMISSIONS) + " |"
    rows = [f"| {title} | " + " | ".join(_cells(place)) + " |" for place, title in PLACES.items()]
    groups = [
        "| someone is | their group | the roles in their tokens |",
        "|---|---|---|",
        f"| {ADMINISTRATOR} | `/{ADMINISTRATORS}` | `{ADMINISTRATOR}` |",
        *(
            f"| {title} of a team | `{group_path('epidemiology', title)}` | "
            f"`{team_role('epidemiology', title)}`, `{member_role('epidemiology')}`, `{title}` |"
            for title in TEAM_TITLES
        ),
        f"| a member without a role | `{group_path('epidemiology')}` | `{member_role('epidemiology')}` |",
    ]
    return "\n\n".join([BEGIN, "\n".join([head, "|---" * (len(PERMISSIONS) + 1) + "|", *rows]), "\n".join(groups), END])


def _cells(place: Place) -> list[str]:
    return [each.may.get(place, "-") for each in PERMISSIONS.values()]


def main(argv: Sequence[str]) -> int:
    """Print the generated part, or with --write renew it in the page."""
    return pages.main(
        argv, module="components.identity.reference", about="What each role may do.", page=PAGE, text=text()
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
