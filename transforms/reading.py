"""A job file, read: its form, its columns and its types, and everything that is wrong with them at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from transforms.analysis import Analysis, judge
from transforms.documents import source as documents
from transforms.documents.problems import DocumentError
from transforms.form import sound_parts
from transforms.job import Job


def read_job(path: Path, settings: Mapping[str, str] | None = None, name: str = "") -> Job:
    """Read a job file that is sound.

    Args:
        settings: values of its parameters, as `--set` gives them.
        name: what errors call the file; its path by default.

    Raises:
        DocumentError: every mistake, with its line.
    """
    return read_analysis(path, settings, name).job


def read_analysis(path: Path, settings: Mapping[str, str] | None = None, name: str = "") -> Analysis:
    """Read a job file as `read_job` does, with the columns of each of its steps."""
    analysis = examine(path, settings, name)
    if problems := analysis.job.document.problems:
        raise DocumentError(problems)
    return analysis


def examine(path: Path, settings: Mapping[str, str] | None = None, name: str = "") -> Analysis:
    """Read a job file, sound or not: what is wrong with it, its document's `problems` tell, and then parts are missing.

    Raises:
        DocumentError: it cannot be read, is not YAML or is no mapping, so that nothing more can be said about it.
    """
    return judge(sound_parts(documents.read(path, name), path.parent, settings or {}))
