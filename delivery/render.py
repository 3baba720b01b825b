"""What an environment declares, as files: each Kubernetes object, all resources, the stack's outputs."""

import json
from pathlib import Path
from typing import Any

from delivery import folder, objects
from delivery.program import declare
from delivery.recording import Recording, Resource

RESOURCES = "resources.json"
OUTPUTS = "outputs.json"


def entry(resource: Resource) -> dict[str, Any]:
    """A resource as `resources.json` has it."""
    return {
        "type": resource.type,
        "name": resource.name,
        "urn": resource.urn,
        "parent": resource.parent,
        "component": resource.component,
        "provider": resource.provider,
        "inputs": objects.masked(resource.inputs) if objects.is_object(resource) else dict(resource.inputs),
        "dependencies": list(resource.dependencies),
        "options": dict(resource.options),
    }


def files(recording: Recording) -> dict[str, str]:
    """All files of a render: content by relative path."""
    return objects.files(recording.resources) | {
        RESOURCES: _json([entry(each) for each in recording.resources]),
        OUTPUTS: _json(dict(recording.outputs)),
    }


def render(environment: str, out: Path, stack_file: Path | None = None) -> int:
    """Write what `environment` declares into the folder `out`; return the number of resources.

    Raises:
        BadInputError: a mistake in the config, or a folder that is not ours to write.
    """
    recording = declare(environment, stack_file)
    folder.write(out, environment, files(recording))
    return len(recording.resources)


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
