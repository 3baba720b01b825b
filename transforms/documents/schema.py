"""What the JSON Schemas of our files have in common."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Plain(GenerateJsonSchema):
    """Without the titles and the nulls that pydantic adds: a person writes neither."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - the signature is pydantic's
        """No title."""
        return False

    def nullable_schema(self, schema: Any) -> dict[str, Any]:
        """What may be left out, without the null that stands for that in Python."""
        return self.generate_inner(schema["schema"])
