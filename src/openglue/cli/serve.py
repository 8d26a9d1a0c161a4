"""`openglue serve`: the service in the foreground."""

from __future__ import annotations

import fcntl
import gc
import logging
import os
import signal
import threading
from pathlib import Path
from typing import Annotated, Any

import typer

from openglue.cli.failure import CommandError, RefusedError
from openglue.cli.options import ServedData, application

app = application()


@app.command()
def serve(
    data: ServedData = None,
    host: Annotated[
        str | None, typer.Option("--host", metavar="ADDRESS", help="Address to listen on (default 127.0.0.1).")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="Port (default 4566); 0 takes a free one.")
    ] = None,
    db: Annotated[
        str | None,
        typer.Option("--db", metavar="URL", help="postgresql://...; SQLite in the data directory if not given."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="TOML file of settings; flags prevail over it.")
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Log what the service does, to standard error.")
    ] = False,
    while_held: Annotated[Path | None, typer.Option("--while-held", hidden=True)] = None,
) -> None:
    """Serve the Glue API on this machine until Ctrl-C or SIGTERM.

    Runs that are under way then go on, and are taken up again by the next `openglue serve` of the same data directory.
    """
    from openglue.config import load

    ready = threading.Event()
    _stop_on_signals(ready)
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    settings = load(config, overrides={"data": data, "host": host, "port": port, "db": db})

    # What is imported stays: looking through it for garbage, again and again, would take a good part of the start.
    gc.disable()

    def announce(url: str) -> None:
        gc.freeze()
        gc.enable()
        ready.set()
        if while_held is not None:
            _end_when_released(while_held)
        print(_welcome(url, settings.data), flush=True)

    from openglue import server
    from openglue.runtimes import InstallError
    from openglue.store.database import StoreError

    try:
        server.serve(settings, announce)
    except (server.AddressError, StoreError, InstallError) as error:
        raise RefusedError(str(error)) from error
    except OSError as error:
        raise CommandError(f"the service cannot go on: {error}") from error


def _welcome(url: str, data: Path) -> str:
    from openglue import __version__

    return "\n".join(
        [
            f"OpenGlue {__version__} is ready at {url}",
            "",
            f"  with any AWS client   export AWS_ENDPOINT_URL={url}",
            "  with this command     openglue run SCRIPT, openglue logs, openglue --help",
            f"  its data              {data}",
            "",
            "Ctrl-C ends it; runs that are under way go on and are taken up again at the next start.",
        ]
    )


def _stop_on_signals(ready: threading.Event) -> None:
    """Before the service is ready a signal unwinds its start; then the HTTP server takes signals itself.

    When that has shut down it raises the signal again for whoever had it before: there is nothing left to do then.
    """

    def handle(_number: int, _frame: Any) -> None:
        if not ready.is_set():
            raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handle)


def _end_when_released(file: Path) -> None:
    """End the service when the last of its users (see openglue.clients) has let go of `file`, or was killed."""

    def wait() -> None:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # The lock stays until the process is gone: whoever comes now waits, and then starts a service of its own.
        os.kill(os.getpid(), signal.SIGTERM)

    # A daemon: it waits for as long as the service lives.
    threading.Thread(target=wait, name="users", daemon=True).start()
