"""Names of files that a stack's file refers to."""

from __future__ import annotations

import re

from transforms.documents.problems import Refused

FOLDER = "jobs"
JOB_FILE_PATTERN = r"^jobs/([A-Za-z0-9_][A-Za-z0-9._-]*/)*[A-Za-z0-9_][A-Za-z0-9._-]*\.ya?ml$"
JOB_FILE_MAX = 200


def check_job_file(path: str) -> str:
    """A job file's path as it was given. Raises Refused for one that leads elsewhere than below jobs/."""
    if re.match(JOB_FILE_PATTERN, path) and "\n" not in path:
        if len(path) > JOB_FILE_MAX:
            raise Refused(f"it has {len(path)}", wanted=f"at most {JOB_FILE_MAX} characters")
        return path
    if path.startswith(("/", "~")) or re.match(r"^[A-Za-z]:", path):
        raise Refused("it is a path of one machine alone")
    if ".." in path.split("/"):
        raise Refused("it leads out of the folder")
    bare = path.strip().replace("\\", "/").removeprefix("./")
    name = bare if "." in bare.rpartition("/")[2] else f"{bare}.yaml"
    for meant in (name, f"{FOLDER}/{name}"):
        if meant != path and re.match(JOB_FILE_PATTERN, meant):
            raise Refused(suggestion=meant)
    raise Refused
