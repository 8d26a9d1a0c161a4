"""Which profile runs which job, and what the run's log says about it."""

from __future__ import annotations

import pytest

from openglue.errors import InvalidInputException
from openglue.model.profiles import GLUE_VERSIONS, PROFILES, resolve


@pytest.mark.parametrize("version", ["0.9", "1.0", "2.0", "3.0", "4.0", "5.0", "6.0"])
def test_every_other_glue_version_runs_on_the_spark_profile_and_says_so(version: str):
    resolution = resolve("glueetl", version, "3", None, "5.1")
    assert resolution.profile is PROFILES["glue-5.1"]
    assert resolution.note is not None
    assert resolution.note.startswith(f"Glue {version} (Spark {GLUE_VERSIONS[version].spark}, ")


def test_the_note_names_both_sides():
    assert resolve("glueetl", "4.0", "3", None, "5.1").note == (
        "Glue 4.0 (Spark 3.3.0, Python 3.10) runs on the glue-5.1 runtime (Spark 3.5.6, Python 3.11)."
    )


@pytest.mark.parametrize("command", ["glueetl", "gluestreaming"])
@pytest.mark.parametrize("version", ["5.1", None])
def test_nothing_is_noted_when_the_job_gets_what_it_asked_for_or_asked_for_nothing(command: str, version: str | None):
    resolution = resolve(command, version, None, None, "5.1")
    assert (resolution.profile.name, resolution.note) == ("glue-5.1", None)


def test_a_job_that_names_no_version_gets_the_default_without_a_word():
    assert resolve("glueetl", None, None, None, "4.0").note is None


@pytest.mark.parametrize(
    ("library_set", "profile"), [(None, "pythonshell"), ("analytics", "pythonshell"), ("none", "pythonshell-none")]
)
def test_a_python_shell_job_runs_on_its_library_set(library_set: str | None, profile: str):
    assert resolve("pythonshell", "3.0", None, library_set, "5.1").profile is PROFILES[profile]


@pytest.mark.parametrize(("asked", "python"), [("3.9", "3.9"), ("3", "3.6"), ("2", "2.7")])
def test_a_python_shell_job_is_told_when_its_python_is_another(asked: str, python: str):
    assert resolve("pythonshell", "1.0", asked, None, "5.1").note == (
        f"Python shell with Python {python} runs on the pythonshell runtime (Python 3.11)."
    )


def test_a_python_shell_job_hears_nothing_about_spark():
    assert resolve("pythonshell", "0.9", None, None, "5.1").note is None


@pytest.mark.parametrize("command", ["glueetl", "pythonshell", "gluestreaming"])
def test_an_unknown_glue_version_is_refused(command: str):
    with pytest.raises(InvalidInputException, match=r"^Given GlueVersion \[9\.9\] is not valid\.$"):
        resolve(command, "9.9", None, None, "5.1")


def test_an_unknown_library_set_is_refused():
    with pytest.raises(InvalidInputException, match=r"\[big\] is not valid: it is analytics or none"):
        resolve("pythonshell", None, "3.9", "big", "5.1")


def test_a_command_without_a_runtime_is_refused():
    with pytest.raises(InvalidInputException, match=r"\[glueray\] has no runtime"):
        resolve("glueray", "4.0", None, None, "5.1")


def test_every_glue_version_names_a_spark_profile():
    assert {PROFILES[version.profile].spark for version in GLUE_VERSIONS.values()} == {"3.5.6"}


def test_only_versions_from_5_0_have_the_short_default_timeout():
    short = {name for name, version in GLUE_VERSIONS.items() if version.default_timeout_minutes == 480}
    assert short == {"5.0", "5.1", "6.0"}
