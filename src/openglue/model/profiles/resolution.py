"""Which profile runs a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from openglue.errors import InvalidInputException
from openglue.model.profiles.glue_version import GLUE_VERSIONS, GlueVersion
from openglue.model.profiles.profile import PROFILES, Profile

SPARK_COMMANDS = frozenset({"glueetl", "gluestreaming"})

#: The values of the argument `library-set` of Python shell jobs (awsglue 6).
LIBRARY_SETS: Mapping[str, str] = MappingProxyType({"analytics": "pythonshell", "none": "pythonshell-none"})

#: The Python that a Python shell job asks for by its PythonVersion (awsglue 6).
SHELL_PYTHONS: Mapping[str, str] = MappingProxyType({"2": "2.7", "3": "3.6", "3.9": "3.9"})


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """The profile that runs a job; `note` is a sentence for the run's log when it is not what was asked for."""

    profile: Profile
    note: str | None


def resolve(
    command: str,
    glue_version: str | None,
    python_version: str | None,
    library_set: str | None,
    default_glue_version: str,
) -> Resolution:
    """The profile for a job's command, GlueVersion, Command.PythonVersion and `library-set` argument.

    Only what was asked for is noted: a job that names no version gets `default_glue_version` without a word.

    Raises InvalidInputException for a Glue version, library set or command that there is not (contract 2).
    """
    version = _version(default_glue_version if glue_version is None else glue_version)
    if command in SPARK_COMMANDS:
        profile = PROFILES[version.profile]
        return Resolution(profile=profile, note=_spark_note(version, profile) if glue_version is not None else None)
    if command == "pythonshell":
        profile = PROFILES[_library_profile(library_set)]
        return Resolution(profile=profile, note=_shell_note(python_version, profile))
    raise InvalidInputException(f"Job Command [{command}] has no runtime.")


def _version(name: str) -> GlueVersion:
    if name not in GLUE_VERSIONS:
        raise InvalidInputException(f"Given GlueVersion [{name}] is not valid.")
    return GLUE_VERSIONS[name]


def _library_profile(library_set: str | None) -> str:
    # AWS gives a job that says nothing the analytics set.
    name = "analytics" if library_set is None else library_set
    if name not in LIBRARY_SETS:
        raise InvalidInputException(f"Given library-set [{name}] is not valid: it is analytics or none.")
    return LIBRARY_SETS[name]


def _spark_note(version: GlueVersion, profile: Profile) -> str | None:
    if (version.spark, version.python) == (profile.spark, profile.python):
        return None
    return (
        f"Glue {version.name} (Spark {version.spark}, Python {version.python}) runs on the {profile.name} runtime "
        f"(Spark {profile.spark}, Python {profile.python})."
    )


def _shell_note(python_version: str | None, profile: Profile) -> str | None:
    if python_version is None:
        return None
    python = SHELL_PYTHONS.get(python_version, python_version)
    if python == profile.python:
        return None
    return f"Python shell with Python {python} runs on the {profile.name} runtime (Python {profile.python})."
