"""The logger that GlueContext.get_logger() gives: lines on stderr, in the form of Spark's own."""

from __future__ import annotations

import datetime as dt
import sys


class GlueLogger:
    """Writes at once, whatever level Spark logs at. As on AWS, debug and trace messages are not shown."""

    def _line(self, level: str, message: object) -> None:
        now = dt.datetime.now(tz=dt.UTC).strftime("%y/%m/%d %H:%M:%S")
        print(f"{now} {level} GlueLogger: {message}", file=sys.stderr, flush=True)

    def trace(self, message: object) -> None:
        pass

    def debug(self, message: object) -> None:
        pass

    def info(self, message: object) -> None:
        self._line("INFO", message)

    def warn(self, message: object) -> None:
        self._line("WARN", message)

    def warning(self, message: object) -> None:
        self._line("WARN", message)

    def error(self, message: object) -> None:
        self._line("ERROR", message)

    def fatal(self, message: object) -> None:
        self._line("FATAL", message)
