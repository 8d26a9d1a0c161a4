"""The launcher: runs the user's script as `__main__` in the job's own interpreter, and says truthfully how it ended.

A program of the standard library that imports nothing of OpenGlue. It reads its assignment from the file named on its
command line, because arguments may be larger than the system lets argv be. It never creates a SparkContext: scripts do;
it only starts the JVM that their SparkContext will find, as spark-submit does for Python programs, without the shell
scripts in between and while pyspark is being imported.
"""

from __future__ import annotations

import atexit
import io
import json
import os
import sys
import types
from typing import Any

#: Seconds for the JVM to open its gateway.
GATEWAY_DEADLINE_S = 120.0
#: Seconds for the JVM to end in order once the script has ended: shutdown hooks, event logs.
JVM_EXIT_DEADLINE_S = 15.0
#: Causes of causes of a Java exception that are looked at.
MOST_CAUSES = 20
#: Exit codes of a JVM that died of an OutOfMemoryError: its own, and that of Spark's handler.
JVM_OUT_OF_MEMORY = (3, 52)


class Gateway:
    """The JVM of a Spark run. It ends when its standard input does, so it cannot outlive this process for long."""

    def __init__(
        self, command: list[str], environment: dict[str, str], connection_file: str, failure: str, *, apart: bool
    ) -> None:
        """`apart` keeps the JVM away from the signals of this process's terminal."""
        import subprocess

        self._connection_file = connection_file
        self._failure = failure
        self._jvm = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, start_new_session=apart)

    def connect(self) -> None:
        """Wait for the gateway and tell pyspark where it is."""
        import time

        import pyspark  # noqa: F401 - takes as long as the JVM does to start: at the same time

        deadline = time.monotonic() + GATEWAY_DEADLINE_S
        while not os.path.exists(self._connection_file):
            if self._jvm.poll() is not None:
                raise RuntimeError(f"the Java gateway process exited with code {self._jvm.returncode}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"the Java gateway did not open within {GATEWAY_DEADLINE_S:.0f} s")
            time.sleep(0.005)
        with open(self._connection_file, "rb") as file:
            content = file.read()
        os.unlink(self._connection_file)
        length = int.from_bytes(content[4:8], "big")
        os.environ["PYSPARK_GATEWAY_PORT"] = str(int.from_bytes(content[:4], "big"))
        os.environ["PYSPARK_GATEWAY_SECRET"] = content[8 : 8 + length].decode()

    def close(self) -> None:
        """End the session and the JVM in order, event log and all; what does not is killed with the run's tree.

        Runs last of all exit handlers: the script's own may still use Spark. A JVM that has died of lack of memory is
        why the script failed, whatever the script saw of it.
        """
        import subprocess

        from pyspark import SparkContext

        try:
            if SparkContext._active_spark_context is not None:  # noqa: SLF001 - there is no public way to ask
                SparkContext._active_spark_context.stop()  # noqa: SLF001
            if SparkContext._gateway is not None:  # noqa: SLF001
                # Or else objects that are collected later complain that nobody answers.
                SparkContext._gateway.shutdown()  # noqa: SLF001
        except Exception as error:  # noqa: BLE001 - there may be nobody any more to be told
            print(f"openglue: Spark did not end in order: {error}", file=sys.stderr)
        if self._jvm.stdin is not None:
            self._jvm.stdin.close()
        try:
            self._jvm.wait(JVM_EXIT_DEADLINE_S)
        except subprocess.TimeoutExpired:
            print("openglue: Spark's JVM did not end in order and is killed", file=sys.stderr)
        if self._jvm.returncode in JVM_OUT_OF_MEMORY:
            leave(
                self._failure, {"exception": "OutOfMemoryError", "message": "java.lang.OutOfMemoryError", "line": None}
            )


def run_script(script: str, arguments: list[str]) -> None:
    """Execute the script as the `python script.py` that it believes to be."""
    sys.argv = [script, *arguments]
    sys.path.insert(0, os.path.dirname(script))
    if script.endswith((".zip", ".whl", ".egg")):
        import runpy

        runpy.run_path(script, run_name="__main__")
        return
    with open(script, "rb") as file:
        source = file.read()
    main = types.ModuleType("__main__")
    main.__file__ = script
    sys.modules["__main__"] = main
    exec(compile(source, script, "exec"), main.__dict__)  # noqa: S102 - what a launcher is for


def describe(error: BaseException, script: str) -> dict[str, Any]:
    """What made the script fail: exception, message, and the line of the user's script."""
    kind = type(error).__name__
    try:
        message = str(error)
    except Exception as fault:  # noqa: BLE001 - an exception of the user's may be broken, too
        message = f"(its message raised {type(fault).__name__})"
    line = None
    if isinstance(error, SyntaxError) and error.filename == script:
        line = error.lineno
        message = error.msg
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == script:
            line = step.tb_lineno
        step = step.tb_next
    if kind == "Py4JJavaError":
        message = java_message(error)
    return {"exception": kind, "message": message, "line": line}


def java_message(error: Any) -> str:
    """`An error occurred while calling o1.load. <message of the Java exception at the bottom>` (contract 2)."""
    called = str(getattr(error, "errmsg", "") or "").strip().rstrip(":").strip()
    try:
        cause = beside("tracebacks").java_reason(bottom(error.java_exception))
    except Exception:  # noqa: BLE001 - the JVM may be gone; then the first lines of the text must do
        cause = " ".join(str(error).splitlines()[1:2])
    return f"{called} {cause}".strip()


def bottom(thrown: Any) -> str:
    """What the last of a Java exception's causes says; of those that say nothing, the class of the first."""
    said = thrown.toString()
    for _ in range(MOST_CAUSES):
        if thrown is None:
            break
        said = thrown.getMessage() or said
        thrown = thrown.getCause()
    return str(said)


def await_bounds(go: int) -> None:
    """Wait until this process is where the run's bounds hold: what it starts before that would be outside of them."""
    if not os.read(go, 1):
        os._exit(1)  # the runner is gone


def await_permission(ready: int, go: int) -> None:
    """Say that the script could start now, and wait until it may: only one process ever gets a yes for a run."""
    os.write(ready, b"!")
    os.close(ready)
    permitted = os.read(go, 1)
    os.close(go)
    if not permitted:
        os._exit(1)  # the run belongs to somebody else, or is over; nothing of the user's has happened


def leave(file: str, failure: dict[str, Any]) -> None:
    """Leave what made the script fail to the runner."""
    part = file + ".part"
    with open(part, "w", encoding="utf-8", errors="surrogatepass") as stream:
        json.dump(failure, stream)
    os.replace(part, file)


def exit_code(error: SystemExit) -> int:
    """Process exit code of a SystemExit, as the interpreter would have it."""
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code & 0xFF
    print(error.code, file=sys.stderr)
    return 1


def beside(name: str) -> Any:
    """A module of the launcher's, which is on no path: what the script imports is none of ours."""
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(f"openglue_{name}", os.path.join(os.path.dirname(__file__), f"{name}.py"))
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018 - a file of this program
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def show(error: BaseException, *, prompt: bool) -> None:
    """The traceback, of the user's own lines; at a terminal then a prompt at the last of them."""
    tracebacks = beside("tracebacks")
    print(*tracebacks.lines(error), sep="", end="", file=sys.stderr)
    if prompt:
        beside("prompt").examine(error, tracebacks.own_frames(error.__traceback__))


def take_terminal() -> None:
    """Make the terminal on standard input that of this session, so that Ctrl-C in it is meant for the script."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def main() -> None:
    with open(sys.argv[1], "rb") as file:
        assignment = json.load(file)
    os.unlink(sys.argv[1])
    # Our directory is on no script's path.
    del sys.path[0]
    at_terminal = os.isatty(0)
    if at_terminal:
        take_terminal()
    # A pipe is block-buffered by default; whoever follows the log wants to see each line.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    script = assignment["script"]
    code, failure = 0, None
    try:
        await_bounds(int(sys.argv[3]))
        if assignment["jvm"]:
            gateway = Gateway(**assignment["jvm"], failure=assignment["failure"], apart=at_terminal)
            gateway.connect()
            atexit.register(gateway.close)
            if at_terminal:
                beside("interrupts").Interrupts().install()
        if assignment["restart"]:
            beside("streams").watch(assignment["restart"])
        await_permission(int(sys.argv[2]), int(sys.argv[3]))
        if at_terminal:
            beside("prompt").serve_breakpoints()
        run_script(script, assignment["arguments"])
    except SystemExit as error:
        code = exit_code(error)
        failure = describe(error, script)
    except BaseException as error:  # noqa: BLE001 - whatever leaves the script ends it
        code = 1
        failure = describe(error, script)
        show(error, prompt=at_terminal)
    if failure is not None:
        leave(assignment["failure"], {**failure, "exit_code": code})
    sys.exit(code)


if __name__ == "__main__":
    main()
