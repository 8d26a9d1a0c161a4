"""`openglue migrate`: the one step of an upgrade that is a decision when several servers share a database."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from openglue.cli.failure import RefusedError
from openglue.cli.options import ServedData, application

app = application()


@app.command()
def migrate(
    data: ServedData = None,
    db: Annotated[str | None, typer.Option("--db", metavar="URL", help="postgresql://... of the database.")] = None,
    config: Annotated[Path | None, typer.Option("--config", metavar="FILE", help="TOML file of settings.")] = None,
) -> None:
    """Bring a database to the schema of this version, in one transaction.

    A SQLite database is migrated by `openglue serve` itself; a PostgreSQL database only by this command, because
    servers of other versions may be using it.
    """
    from sqlalchemy.exc import DBAPIError

    from openglue.config import load
    from openglue.store import opening
    from openglue.store.database import StoreError
    from openglue.store.schema import REVISION

    try:
        settings = load(config, overrides={"data": data, "db": db})
        with ExitStack() as stack:
            if not settings.db:
                stack.callback(opening.DataLock(settings.data).release)
            engine = opening.migration_engine(settings.data, settings.db)
            stack.callback(engine.dispose)
            before = opening.revision(engine)
            opening.migrate(engine)
    except StoreError as error:
        raise RefusedError(str(error)) from error
    except DBAPIError as error:
        raise RefusedError(f"the database cannot be migrated: {error.orig}") from error
    if before == REVISION:
        print(f"the database is at schema {REVISION} already")
    else:
        print(
            f"the database was {'empty' if before is None else f'at schema {before}'} and is at schema {REVISION} now"
        )
