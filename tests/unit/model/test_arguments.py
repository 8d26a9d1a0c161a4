"""Arguments on their way to the script, and a test per row of the table of special parameters."""

from __future__ import annotations

import pytest

from openglue.model import arguments as args
from openglue.model.arguments import SPECIAL_PARAMETERS, ArgumentError, Effect, SpecialParameter


def as_pairs(tokens: list[str]) -> dict[str, str | None]:
    """Order is not defined (contract 0.6): tests parse."""
    pairs: dict[str, str | None] = {}
    for token, following in zip(tokens, [*tokens[1:], "--"], strict=True):
        if token.startswith("--"):
            pairs[token] = None if following.startswith("--") else following
    return pairs


def script_arguments(arguments: dict[str, str], command: str) -> dict[str, str | None]:
    return as_pairs(
        args.script_arguments(
            arguments, command=command, job_name="j", job_id="j_1", run_id="jr_1", script_location="s3://b/s.py"
        )
    )


def test_the_more_particular_argument_wins_key_by_key() -> None:
    merged = args.merge({"--a": "job", "--b": "job", "--c": "job"}, {"--b": "run", "--c": "run"}, {"--c": "fixed"})
    assert merged == {"--a": "job", "--b": "run", "--c": "fixed"}


@pytest.mark.parametrize("command", ["glueetl", "pythonshell"])
def test_no_script_sees_a_parameter_of_openglue(command: str) -> None:
    given = {"--openglue-terminal": "/run/t", "--openglue-keep-workspace": "true", "--x": "1"}
    assert "1" in script_arguments(given, command).values()
    assert [key for key in script_arguments(given, command) if key.startswith("--openglue")] == []


def test_who_runs_a_run_again_is_not_where_it_was_debugged() -> None:
    assert args.repeatable({args.TERMINAL: "/run/t", args.KEEP_WORKSPACE: "true"}) == {args.KEEP_WORKSPACE: "true"}


def test_a_spark_script_gets_its_identity_and_bare_flags() -> None:
    pairs = script_arguments({"--x": "1", "--enable-metrics": "", "--JOB_NAME": "forged"}, "glueetl")
    assert pairs == {
        "--JOB_NAME": "j",
        "--JOB_ID": "j_1",
        "--JOB_RUN_ID": "jr_1",
        "--job-bookmark-option": "job-bookmark-disable",
        "--x": "1",
        "--enable-metrics": None,
    }


def test_a_python_shell_script_gets_its_location_and_no_identity() -> None:
    pairs = script_arguments({"--x": "1"}, "pythonshell")
    assert pairs == {
        "--scriptLocation": "s3://b/s.py",
        "--job-language": "python",
        "--job-bookmark-option": "job-bookmark-disable",
        "--x": "1",
    }


@pytest.mark.contract("6.12", "6.14")
@pytest.mark.parametrize("row", SPECIAL_PARAMETERS, ids=lambda row: row.name)
def test_the_table_means_what_it_says(row: SpecialParameter) -> None:
    value = "python" if row.name == "--job-language" else "something"
    for command in ("glueetl", "pythonshell"):
        if row.effect is Effect.REFUSED:
            with pytest.raises(ArgumentError, match=row.name):
                args.judge({row.name: value}, command)
            continue
        notes = args.judge({row.name: value}, command)
        if command not in row.commands or row.effect is Effect.NAMED:
            assert [row.name in note for note in notes] == [True]
        else:
            assert notes == []
        if row.name != "--job-language":
            assert args.judge({row.name: "false"}, command) == []


def test_names_in_the_table_are_there_once() -> None:
    names = [row.name for row in SPECIAL_PARAMETERS]
    assert len(names) == len(set(names))


def test_what_the_console_puts_into_every_job_makes_no_noise() -> None:
    console = {
        "--enable-metrics": "true",
        "--enable-spark-ui": "true",
        "--spark-event-logs-path": "s3://b/logs/",
        "--enable-job-insights": "false",
        "--enable-observability-metrics": "true",
        "--enable-glue-datacatalog": "true",
        "--enable-continuous-cloudwatch-log": "true",
        "--job-bookmark-option": "job-bookmark-disable",
        "--job-language": "python",
        "--TempDir": "s3://b/tmp/",
        "--class": "GlueApp",
        "--enable-auto-scaling": "true",
    }
    assert args.judge(console, "glueetl") == []


def test_users_own_arguments_are_nobodys_business() -> None:
    assert args.judge({"--my_table": "x", "--library": "y"}, "glueetl") == []


def test_scala_is_refused() -> None:
    with pytest.raises(ArgumentError, match="scala"):
        args.judge({"--job-language": "scala"}, "glueetl")


@pytest.mark.parametrize(
    ("value", "settings"),
    [
        ("", {}),
        ("spark.a=b", {"spark.a": "b"}),
        ("spark.a=b --conf spark.c=d=e", {"spark.a": "b", "spark.c": "d=e"}),
        ("spark.a='x y' --conf spark.b=", {"spark.a": "x y", "spark.b": ""}),
    ],
)
def test_spark_settings_are_read_as_users_write_them(value: str, settings: dict[str, str]) -> None:
    assert args.spark_conf(value) == settings


@pytest.mark.parametrize("value", ["spark.a", "spark.a=b spark.c", "=x", "spark.a='open"])
def test_spark_settings_that_cannot_be_read_are_refused(value: str) -> None:
    with pytest.raises(ArgumentError, match="--conf cannot be read"):
        args.spark_conf(value)


@pytest.mark.contract("6.15")
def test_customer_variables_need_their_prefix_and_may_be_quoted() -> None:
    accepted, ignored = args.customer_environment('CUSTOMER_A=1,OTHER=2,CUSTOMER_B="x,y",CUSTOMER_C=')
    assert accepted == {"CUSTOMER_A": "1", "CUSTOMER_B": "x,y", "CUSTOMER_C": ""}
    assert ignored == ["OTHER"]


def test_the_continuous_log_has_the_names_that_it_is_given() -> None:
    on = {"--enable-continuous-cloudwatch-log": "true"}
    assert args.continuous_log({}, "jr_1") is None
    assert args.continuous_log(on, "jr_1") == ("/aws-glue/jobs/logs-v2", "jr_1-driver")
    own = on | {"--continuous-log-logGroup": "/my/", "--continuous-log-logStreamPrefix": "p"}
    assert args.continuous_log(own, "jr_1") == ("/my", "p-driver")
