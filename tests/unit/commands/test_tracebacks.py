from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from openglue.commands import tracebacks

#: What a script calls, and what that calls: a package whose frames say nothing about the script.
LIBRARY = """
def call(function):
    return helper(function)

def helper(function):
    return function()
"""

WORKER = """An exception was thrown from the Python worker. Please see the stack trace below.
Traceback (most recent call last):
  File "/r/lib/python3.11/site-packages/pyspark/python/lib/pyspark.zip/pyspark/worker.py", line 1247, in main
    process()
  File "/w/etl.py", line 8, in inner
    return 1 // x
           ~~^^~~
ZeroDivisionError: integer division or modulo by zero

\tat org.apache.spark.api.python.BasePythonRunner.handlePythonException(PythonRunner.scala:572)
\tat java.base/java.lang.Thread.run(Thread.java:840)
"""

JAVA = """An error occurred while calling o212.parquet.
: org.apache.spark.SparkException: Job aborted due to stage failure: Task 1 in stage 6.0 failed
\tat org.apache.spark.scheduler.DAGScheduler.failJobAndIndependentStages(DAGScheduler.scala:2898)
Caused by: java.io.IOException: Mkdirs failed
to create file:/x
\tat org.apache.hadoop.fs.ChecksumFileSystem.create(ChecksumFileSystem.java:515)
\t... 1 more
"""


@pytest.fixture
def library() -> ModuleType:
    module = ModuleType("pyspark.sql.made_up")
    exec(compile(LIBRARY, "made_up.py", "exec"), module.__dict__)  # noqa: S102 - a module without a file
    return module


def failing(message: str, kind: type[BaseException] = ValueError) -> Any:
    raise kind(message)


def shown(error: BaseException) -> str:
    return "".join(tracebacks.lines(error))


def caught(function: Any, *arguments: Any) -> Exception:
    with pytest.raises(Exception) as raised:  # noqa: PT011 - whatever it raises
        function(*arguments)
    return raised.value


def test_frames_of_pyspark_are_counted_and_left_out(library: ModuleType):
    error = caught(library.call, lambda: failing("no such day"))
    lines = shown(error).splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert "made_up.py" not in shown(error)
    assert "  [2 frames of pyspark]" in lines
    assert [line for line in lines if ", in failing" in line]
    assert lines[-1] == "ValueError: no such day"


def test_frames_of_pyspark_are_shown_where_there_are_no_others(library: ModuleType):
    error = caught(library.call, lambda: failing("x"))
    # As if the library itself had raised, called by nobody of the user's.
    trace = error.__traceback__
    while trace is not None and "made_up.py" not in trace.tb_frame.f_code.co_filename:
        trace = trace.tb_next
    assert trace is not None
    assert trace.tb_next is not None
    trace.tb_next.tb_next = None
    text = shown(error.with_traceback(trace))
    assert text.count('File "made_up.py"') == 2
    assert "frames of" not in text


def test_the_users_own_frames_are_found_for_the_prompt(library: ModuleType):
    error = caught(library.call, lambda: failing("x"))
    assert tracebacks.own_frames(error.__traceback__)[-1].f_code.co_name == "failing"


def test_a_chain_is_told_in_its_order():
    def fail() -> None:
        try:
            failing("first")
        except ValueError as first:
            raise KeyError("second") from first

    text = shown(caught(fail))
    assert text.index("ValueError: first") < text.index("direct cause") < text.index("KeyError: 'second'")


def test_an_exception_that_was_replaced_is_not_told():
    def fail() -> None:
        try:
            failing("first")
        except ValueError:
            raise KeyError("second") from None

    assert "first" not in shown(caught(fail)).replace('failing("first")', "")


def test_a_chain_that_comes_back_to_itself_ends():
    error, other = ValueError("one"), ValueError("other")
    error.__context__, other.__context__ = other, error
    assert shown(error).count("ValueError: one") == 1


def test_each_exception_of_a_group_is_told():
    text = shown(ExceptionGroup("both", [ValueError("one"), KeyError("other")]))
    assert "ExceptionGroup: both (2 sub-exceptions)" in text
    assert text.index("Number 1 of these 2") < text.index("ValueError: one") < text.index("KeyError: 'other'")


def test_what_failed_in_a_python_worker_is_told_by_the_users_lines_there():
    text = shown(RuntimeError(WORKER))
    assert text == (
        "RuntimeError, in a Python worker of Spark:\n"
        '  File "/w/etl.py", line 8, in inner\n'
        "    return 1 // x\n"
        "           ~~^^~~\n"
        "ZeroDivisionError: integer division or modulo by zero\n"
    )


def test_the_cause_of_a_java_exception_is_one_line():
    kind = type("Py4JJavaError", (Exception,), {"__module__": "py4j.protocol"})
    assert shown(kind(JAVA)) == (
        "py4j.protocol.Py4JJavaError: An error occurred while calling o212.parquet: "
        "java.io.IOException: Mkdirs failed to create file:/x\n"
    )


def test_an_exception_whose_message_cannot_be_made_is_told_all_the_same():
    class BrokenError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert "BrokenError: <exception str() failed>" in shown(BrokenError())


def test_a_script_that_does_not_compile_is_shown_with_its_line():
    text = shown(caught(compile, "def broken(:\n", "etl.py", "exec"))
    assert 'File "etl.py", line 1' in text
    assert text.endswith("SyntaxError: invalid syntax\n")


def test_the_reason_in_the_text_of_a_java_exception_is_its_last_cause_without_stacks():
    assert tracebacks.java_reason(JAVA) == "java.io.IOException: Mkdirs failed\nto create file:/x"
    assert tracebacks.java_reason("Access Denied (Status Code: 403)") == "Access Denied (Status Code: 403)"


def test_code_without_a_file_is_told_where_the_working_directory_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    error = caught(exec, "raise ValueError(42)")
    assert shown(error).endswith("ValueError: 42\n")
    assert [frame.f_code.co_filename for frame in tracebacks.own_frames(error.__traceback__)][-1] == "<string>"
