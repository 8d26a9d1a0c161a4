"""What a case works with: a Glue context, and a folder of its own in a bucket that is a folder of this machine."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

BUCKET = "lake"


class Lake:
    def __init__(self, glue: Any, root: Path, case: str, databases: dict[str, dict[str, str]]) -> None:
        self.glue = glue
        #: The options of Glue connections to real servers, by connection type.
        self.databases = databases
        self.spark = glue.spark_session
        self._folder = root / BUCKET / case
        self._folder.mkdir(parents=True)
        self._prefix = f"s3://{BUCKET}/{case}"

    def uri(self, name: str) -> str:
        return f"{self._prefix}/{name}"

    def local(self, name: str) -> Path:
        return self._folder / name

    def put(self, name: str, content: str | bytes) -> str:
        """Make a file; answer its URI."""
        path = self.local(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.uri(name)

    def files(self, name: str) -> list[str]:
        """Every file below a folder, by its path there."""
        folder = self.local(name)
        return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())

    def text(self, name: str) -> str:
        """The content of all files below a folder, one after the other."""
        return "".join((self.local(name) / file).read_text() for file in self.files(name))

    def frame(self, rows: list[tuple], schema: str) -> Any:
        from awsglue import DynamicFrame

        return DynamicFrame.fromDF(self.spark.createDataFrame(rows, schema), self.glue, "frame")

    def json_frame(self, *lines: str) -> Any:
        """The frame of records in JSON."""
        number = len(list(self._folder.glob("json-*")))
        self.put(f"json-{number}/a.json", "".join(f"{line}\n" for line in lines))
        return self.read(f"json-{number}", "json")

    def read(self, names: str | list[str], format_: str, format_options: dict | None = None, **options: Any) -> Any:
        paths = [self.uri(name) for name in ([names] if isinstance(names, str) else names)]
        return self.glue.create_dynamic_frame.from_options(
            "s3", {"paths": paths, **options}, format=format_, format_options=format_options or {}
        )

    def write(self, frame: Any, name: str, format_: str, format_options: dict | None = None, **options: Any) -> Any:
        return self.glue.write_dynamic_frame.from_options(
            frame, "s3", {"path": self.uri(name), **options}, format=format_, format_options=format_options or {}
        )


def records(frame: Any) -> list[dict[str, Any]]:
    """What is in a frame, as plain dictionaries in a fixed order; a choice is the struct that toDF() shows."""
    rows = [row.asDict(recursive=True) for row in frame.toDF().collect()]
    return sorted(rows, key=repr)


def tree(frame: Any) -> str:
    return frame.schema().tree().removeprefix("root\n")


def printed(show: Callable[[], Any]) -> str:
    """What a call prints."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        show()
    return out.getvalue()


def told(act: Callable[[], Any]) -> list[str]:
    """What a call tells in the run's log."""
    with contextlib.redirect_stderr(io.StringIO()) as out:
        act()
    return [line for line in out.getvalue().splitlines() if line.startswith("openglue: ")]


def same(got: object, expected: object) -> None:
    """Both are equal; if not, the error shows them. There is no pytest here to take an assert apart."""
    assert got == expected, f"\ngot:      {got!r}\nexpected: {expected!r}"


@contextlib.contextmanager
def raises(error: type[Exception], *words: str) -> Iterator[None]:
    """The block raises this error, and its message has these words. pytest is not in the job's environment."""
    try:
        yield
    except error as raised:
        message = str(raised)
    else:
        raise AssertionError(f"no {error.__name__} was raised")
    missing = [word for word in words if word not in message]
    assert not missing, f"{missing} not in {message!r}"
