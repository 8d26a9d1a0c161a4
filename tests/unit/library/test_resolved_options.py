"""getResolvedOptions, a rule of awsglue 1 and contract 6 in each test."""

from __future__ import annotations

import argparse
import subprocess
import sys

import pytest

from awsglue import utils
from awsglue.utils import GlueArgumentError, getResolvedOptions

#: What a Spark job is started with.
RUN = [
    "script.py",
    "--JOB_NAME",
    "flights",
    "--JOB_ID",
    "j_1",
    "--JOB_RUN_ID",
    "jr_1",
    "--job-bookmark-option",
    "job-bookmark-disable",
    "--TempDir",
    "s3://lake/tmp/",
]
ALWAYS = {
    "job_bookmark_option": "job-bookmark-disable",
    "job_bookmark_from": None,
    "job_bookmark_to": None,
    "JOB_ID": None,
    "JOB_RUN_ID": None,
    "SECURITY_CONFIGURATION": None,
    "encryption_type": None,
    "enable_data_lineage": None,
    "RedshiftTempDir": None,
    "TempDir": None,
}


def resolve(*args: str, options: list[str]) -> dict[str, str | None]:
    return getResolvedOptions(["script.py", *args], options)


@pytest.mark.contract("6.9")
def test_nothing_given_and_nothing_asked_for_gives_the_keys_that_are_always_there():
    assert resolve(options=[]) == ALWAYS


def test_a_run_gives_its_ids_and_its_temporary_directory():
    assert getResolvedOptions(RUN, ["JOB_NAME"]) == ALWAYS | {
        "JOB_NAME": "flights",
        "JOB_ID": "j_1",
        "JOB_RUN_ID": "jr_1",
        "TempDir": "s3://lake/tmp/",
        "RedshiftTempDir": "s3://lake/tmp/",
    }


@pytest.mark.parametrize(
    ("args", "options", "name", "value"),
    [
        pytest.param(["--day", "2026-01-01"], ["day"], "day", "2026-01-01", id="a value after the name"),
        pytest.param(["--day=2026-01-01"], ["day"], "day", "2026-01-01", id="a value behind an equals sign"),
        pytest.param(["--query=a=b"], ["query"], "query", "a=b", id="an equals sign in the value"),
        pytest.param(["--offset=-x"], ["offset"], "offset", "-x", id="a value that begins with a dash"),
        pytest.param(["--offset", "-5"], ["offset"], "offset", "-5", id="a negative number"),
        pytest.param(["--text", ""], ["text"], "text", "", id="an empty value"),
        pytest.param(["--text", "a b  c"], ["text"], "text", "a b  c", id="blanks in the value"),
        pytest.param(["--text", "größe"], ["text"], "text", "größe", id="letters beyond ASCII"),
        pytest.param(["--database-name", "db"], ["database-name"], "database_name", "db", id="a dash in the name"),
        pytest.param(["--database_name", "db"], ["database_name"], "database_name", "db", id="an underscore"),
        pytest.param(["--a", "1", "--a", "2"], ["a"], "a", "2", id="the last of two values"),
        pytest.param(["--datab", "db"], ["database"], "database", "db", id="an unambiguous beginning of the name"),
        pytest.param(["--a", "1", "--ab", "2"], ["a", "ab"], "a", "1", id="a name that another begins with"),
        pytest.param(["--other", "x", "--a", "1"], ["a"], "a", "1", id="an argument that nobody asked for"),
        pytest.param(["--enable-metrics", "--a", "1"], ["a"], "a", "1", id="a bare flag before it"),
        pytest.param(["--a", "1", "--enable-metrics"], ["a"], "a", "1", id="a bare flag after it"),
        pytest.param(["stray", "--a", "1", "words"], ["a"], "a", "1", id="words around it"),
        pytest.param(["--help", "--a", "1"], ["a"], "a", "1", id="a flag that argparse knows itself"),
    ],
)
def test_a_value_is_found(args: list[str], options: list[str], name: str, value: str):
    assert resolve(*args, options=options)[name] == value


def test_the_first_word_is_the_script_and_no_argument():
    with pytest.raises(GlueArgumentError):
        getResolvedOptions(["--a=1"], ["a"])


@pytest.mark.contract("6.8")
def test_a_missing_argument_is_named():
    with pytest.raises(GlueArgumentError, match=r"^the following arguments are required: --day$"):
        resolve("--other", "1", options=["day"])


def test_all_missing_arguments_are_named():
    with pytest.raises(GlueArgumentError, match=r"^the following arguments are required: --day, --db-name$"):
        resolve(options=["day", "db-name"])


@pytest.mark.parametrize(
    "args", [pytest.param(["--day"], id="at the end"), pytest.param(["--day", "--x", "1"], id="before another name")]
)
def test_an_argument_that_is_asked_for_needs_a_value(args: list[str]):
    with pytest.raises(GlueArgumentError, match="--day: expected one argument"):
        resolve(*args, options=["day"])


def test_a_beginning_that_fits_two_names_is_refused():
    with pytest.raises(GlueArgumentError, match="ambiguous option: --da could match --day, --database"):
        resolve("--da", "x", options=["day", "database"])


@pytest.mark.contract("6.7")
@pytest.mark.parametrize(
    "name",
    [
        "job-bookmark-option",
        "continuation-option",
        "job-bookmark-from",
        "job-bookmark-to",
        "--JOB_ID",
        "--JOB_RUN_ID",
        "--SECURITY_CONFIGURATION",
        "--encryption-type",
        "--enable-data-lineage",
    ],
)
def test_reserved_names_cannot_be_asked_for(name: str):
    with pytest.raises(RuntimeError, match=f"^Using reserved arguments {name}$"):
        resolve(options=["day", name])


@pytest.mark.parametrize(
    "name", ["JOB_ID", "JOB_RUN_ID", "SECURITY_CONFIGURATION", "encryption-type", "enable-data-lineage"]
)
def test_names_that_are_always_there_collide_when_asked_for(name: str):
    with pytest.raises(argparse.ArgumentError, match="conflicting option string"):
        resolve(options=[name])


@pytest.mark.parametrize("option", ["job-bookmark-enable", "job-bookmark-pause", "job-bookmark-disable"])
def test_the_bookmark_option_is_handed_on(option: str):
    assert resolve("--job-bookmark-option", option, options=[])["job_bookmark_option"] == option


@pytest.mark.contract("6.11")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("continuation-enabled", "job-bookmark-enable"),
        ("continuation-readonly", "job-bookmark-pause"),
        ("continuation-ignore", "job-bookmark-disable"),
    ],
)
def test_the_old_continuation_options_are_bookmark_options(old: str, new: str):
    resolved = resolve("--continuation-option", old, options=[])
    assert resolved["job_bookmark_option"] == new
    assert "continuation_option" not in resolved


def test_an_unknown_bookmark_option_is_refused():
    with pytest.raises(GlueArgumentError, match="--job-bookmark-option: invalid choice: 'enable'"):
        resolve("--job-bookmark-option", "enable", options=[])


PAUSE = ["--job-bookmark-option", "job-bookmark-pause"]


def test_a_pause_may_have_a_range_or_none():
    resolved = resolve(*PAUSE, "--job-bookmark-from", "jr_1", "--job-bookmark-to", "jr_3", options=[])
    assert (resolved["job_bookmark_from"], resolved["job_bookmark_to"]) == ("jr_1", "jr_3")
    assert resolve(*PAUSE, options=[])["job_bookmark_from"] is None


@pytest.mark.contract("6.10")
@pytest.mark.parametrize(("given", "missing"), [("from", "to"), ("to", "from")])
def test_half_a_range_is_refused(given: str, missing: str):
    with pytest.raises(RuntimeError, match=f"^Missing option or value for --job-bookmark-{missing}$"):
        resolve(*PAUSE, f"--job-bookmark-{given}", "jr_1", options=[])


@pytest.mark.contract("6.10")
@pytest.mark.parametrize("option", ["job-bookmark-enable", "job-bookmark-disable"])
def test_a_range_without_pause_is_refused(option: str):
    with pytest.raises(RuntimeError, match=r"^Invalid option\(s\)--job-bookmark-from --job-bookmark-to$"):
        resolve(
            "--job-bookmark-option",
            option,
            "--job-bookmark-from",
            "jr_1",
            "--job-bookmark-to",
            "jr_3",
            options=[],
        )


@pytest.mark.parametrize("given", ["TempDir", "RedshiftTempDir"])
def test_the_temporary_directories_stand_for_each_other(given: str):
    resolved = resolve(f"--{given}", "s3://lake/tmp/", options=[])
    assert (resolved["TempDir"], resolved["RedshiftTempDir"]) == ("s3://lake/tmp/", "s3://lake/tmp/")


def test_two_temporary_directories_stay_two():
    resolved = resolve("--TempDir", "a", "--RedshiftTempDir", "b", options=[])
    assert (resolved["TempDir"], resolved["RedshiftTempDir"]) == ("a", "b")


@pytest.mark.parametrize("name", ["TempDir", "RedshiftTempDir"])
def test_a_temporary_directory_is_never_required(name: str):
    assert resolve(options=[name])[name] is None


def test_the_arguments_of_a_python_shell_job_resolve():
    argv = [
        *("glue-python-scripts-6ae9hoal/test.py", "--enable-metrics", "--continuous-log-logGroup", "x"),
        *("--job-bookmark-option", "job-bookmark-disable", "--scriptLocation", "s3://lake/test.py"),
        *("--job-language", "python", "--K", "v", "--TempDir", "s3://lake/tmp/"),
    ]
    assert getResolvedOptions(argv, ["K"])["K"] == "v"


def test_the_module_is_there_without_spark():
    """A Python shell job has no PySpark; this environment has none either."""
    script = (
        "import sys, awsglue; from awsglue.utils import getResolvedOptions;"
        "print(getResolvedOptions(sys.argv, ['K'])['K'], any(name.startswith('pyspark') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script, "--K", "v"], capture_output=True, text=True, check=True)
    assert done.stdout == "v False\n"


def test_what_was_resolved_last_can_be_looked_up():
    getResolvedOptions(["script.py", "--TempDir", "s3://lake/tmp", "--name", "x"], ["name"])
    resolved = getResolvedOptions(["script.py", "--TempDir", "s3://lake/other"], [])
    assert utils._global_args == resolved
    assert utils._global_args["TempDir"] == "s3://lake/other"


def test_options_are_a_dictionary_or_json():
    assert utils.makeOptions(None, {"a": 1}) == {"a": 1}
    assert utils.makeOptions(None, '{"a": [1]}') == {"a": [1]}
    for wrong in ("[1]", 5, None):
        with pytest.raises(TypeError, match="options are a dictionary or a JSON object in text"):
            utils.makeOptions(None, wrong)
