"""`openglue bookmarks`: what jobs have read, what their next runs would read, and ways back."""

from __future__ import annotations

import json
import re
import sys
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from openglue.cli import bookmarks_shown, display
from openglue.cli.failure import CommandError, RefusedError, ServiceError
from openglue.cli.follow import note
from openglue.cli.lookup import find_run
from openglue.cli.options import Data, Endpoint, Json, application
from openglue.cli.service import Service, open_service

app = application("Show what jobs have read, preview what their next runs would read, go back, copy.")

Name = Annotated[str, typer.Argument(metavar="JOB", help="Name of the job.")]
Spark = Annotated[
    bool, typer.Option("--spark/--no-spark", help="Ask databases, too, which takes some seconds to start Spark.")
]

_OPTION = "--job-bookmark-option"
#: States of a run that may still commit.
_UNDER_WAY = ["STARTING", "RUNNING"]
_MISSING = "EntityNotFoundException"


@app.command("ls")
def list_bookmarks(as_json: Json = False, endpoint: Endpoint = None, data: Data = None) -> None:
    """List jobs that have a bookmark."""
    service = open_service(endpoint, data)
    found = []
    for job in service.pages("ListJobs", "JobNames"):
        try:
            found += [service.own("ListJobBookmarkVersions", JobName=job, MaxResults=1)["Versions"][0] | {"Job": job}]
        except ServiceError as error:
            if error.shape != _MISSING:
                raise
    if as_json:
        print(json.dumps(found, indent=2))
    elif not found:
        note(f"no job has a bookmark yet; a run with {_OPTION} job-bookmark-enable makes one")
    else:
        typer.echo(display.table(["JOB", *_HEADINGS], [[one["Job"], *_row(one)] for one in found]))


@app.command("show")
def show_bookmark(
    job: Name,
    version: Annotated[
        int | None, typer.Option("--version", metavar="N", min=1, help="This version; else the last one.")
    ] = None,
    as_json: Json = False,
    endpoint: Endpoint = None,
    data: Data = None,
) -> None:
    """Show what a job has read: how far, by which run, and which files it remembers one by one."""
    service = open_service(endpoint, data)
    found = _ask(service, "GetJobBookmarkVersion", job, Version=version)
    if as_json:
        print(json.dumps(found, indent=2))
        return
    typer.echo(display.members(_head(service, job, found)))
    previewed = []
    if version is None and bookmarks_shown.marked(found):
        try:
            previewed = service.own("PreviewJobBookmark", JobName=job, WithSpark=False)["Contexts"]
        except ServiceError as error:
            note(f"files are not named: {error}")
    typer.echo("\n".join(bookmarks_shown.contexts(found, previewed)))


@app.command("history")
def list_versions(
    job: Name,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="Versions to show at most.")] = 20,
    as_json: Json = False,
    endpoint: Endpoint = None,
    data: Data = None,
) -> None:
    """List the versions of a job's bookmark, newest first: what wrote them, when, and for which run."""
    service = open_service(endpoint, data)
    _ask(service, "ListJobBookmarkVersions", job, MaxResults=1)
    pages = service.pages("ListJobBookmarkVersions", "Versions", of="openglue", JobName=job)
    shown = list(islice(pages, limit))
    if as_json:
        print(json.dumps(shown, indent=2))
        return
    typer.echo(display.table(_HEADINGS, [_row(version) for version in shown]))


@app.command("diff")
def diff_versions(
    job: Name,
    first: Annotated[
        int | None, typer.Argument(metavar="A", help="A version; else the one before the last change.")
    ] = None,
    second: Annotated[
        int | None, typer.Argument(metavar="B", help="The version to compare it with; else the last one.")
    ] = None,
    as_json: Json = False,
    endpoint: Endpoint = None,
    data: Data = None,
) -> None:
    """Compare what two versions of a job's bookmark remember, context by context."""
    service = open_service(endpoint, data)
    other = _ask(service, "GetJobBookmarkVersion", job, Version=second)
    one = _ask(service, "GetJobBookmarkVersion", job, Version=first or _before(service, job, other))
    states = [json.loads(version["JobBookmarkEntry"]["JobBookmark"]) for version in (one, other)]
    found = bookmarks_shown.difference(*states)
    if as_json:
        numbers = {side: version["JobBookmarkEntry"] for side, version in (("A", one), ("B", other))}
        print(json.dumps({**numbers, "Contexts": found}, indent=2))
        return
    for letter, version in (("A", one), ("B", other)):
        typer.echo(f"{letter}  version {version['JobBookmarkEntry']['Version']}  {_written(version)}")
    typer.echo("\n".join(["", *bookmarks_shown.difference_text(found)]) if found else "\nThey remember the same.")


@app.command("preview")
def preview_run(
    job: Name, spark: Spark = True, as_json: Json = False, endpoint: Endpoint = None, data: Data = None
) -> None:
    """Say which files and rows the next run would read, and which are too old to be read; nothing is run or written.

    It is what a run with job-bookmark-enable reads. One with job-bookmark-pause reads the same and leaves it new.
    """
    service = open_service(endpoint, data)
    told = _ask(service, "PreviewJobBookmark", job, WithSpark=spark)
    if as_json:
        print(json.dumps(told, indent=2))
        return
    if not told["Contexts"]:
        note(f"no run of {job} that has committed read anything by a transformation_ctx")
        return
    typer.echo("\n".join(line for context in told["Contexts"] for line in bookmarks_shown.preview(context)))
    option = _option(service, job)
    if option != "job-bookmark-enable":
        note(f"{job} runs with {option}: a run that is given job-bookmark-enable reads this and moves the bookmark")


@app.command("rewind")
def rewind_bookmark(
    job: Name,
    to: Annotated[
        str, typer.Option("--to", metavar="RUN|VERSION", help="A run that has committed, named as RUN is; or a number.")
    ],
    as_json: Json = False,
    endpoint: Endpoint = None,
    data: Data = None,
) -> None:
    """Have the next run read what came after a run, or after a version. One can go forward again, too."""
    service = open_service(endpoint, data)
    if re.fullmatch(r"\d{1,9}", to):
        place: dict[str, Any] = {"Version": int(to)}
        said = f"version {to}"
    else:
        place = {"RunId": find_run(service, to, job)["Id"]}
        said = f"run {display.short(place['RunId'])}"
    answer = _ask(service, "RewindJobBookmark", job, **place)
    _moved(service, job, answer, f"the next run of {job} reads what came after {said}", as_json=as_json)


@app.command("reset")
def reset_bookmark(job: Name, as_json: Json = False, endpoint: Endpoint = None, data: Data = None) -> None:
    """Have the next run read everything. The versions before stay, for `rewind`."""
    service = open_service(endpoint, data)
    answer = _ask(service, "ResetJobBookmark", job, of="glue")
    _moved(service, job, answer, f"the next run of {job} reads everything", as_json=as_json)


@app.command("export")
def export_bookmark(
    job: Name,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="File to write; else standard output.")] = None,
    endpoint: Endpoint = None,
    data: Data = None,
) -> None:
    """Write a job's bookmark as JSON: what `aws glue get-job-bookmark` prints, with where the job reads from."""
    found = _ask(open_service(endpoint, data), "GetJobBookmarkVersion", job)
    text = json.dumps({name: found[name] for name in ("JobBookmarkEntry", "Sources")}, indent=2)
    if file is None:
        print(text)
        return
    try:
        file.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}") from error
    note(f"wrote version {found['JobBookmarkEntry']['Version']} of the bookmark of {job} to {file}")


@app.command("import")
def import_bookmark(
    job: Name,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What `export` wrote, or AWS answered; - is standard input.")
    ],
    other: Annotated[bool, typer.Option("--other-job", help="Also if it is the bookmark of another job.")] = False,
    as_json: Json = False,
    endpoint: Endpoint = None,
    data: Data = None,
) -> None:
    """Put an exported bookmark in the place of a job's: of here, or the output of `aws glue get-job-bookmark`."""
    document = _read(file)
    entry = document.get("JobBookmarkEntry", document)
    if not isinstance(entry, dict) or "JobBookmark" not in entry:
        raise RefusedError(f"{file} has no JobBookmark: it is no entry that was exported")
    given = {name: value for name, value in entry.items() if not (other and name == "JobName")}
    service = open_service(endpoint, data)
    answer = service.own("ImportJobBookmark", JobName=job, JobBookmarkEntry=given, Sources=document.get("Sources"))
    _moved(service, job, answer, f"the next run of {job} reads what came after the imported entry", as_json=as_json)


_HEADINGS = ["VERSION", "CHANGE", "BY", "RUN", "ATTEMPT", "WHEN"]


def _row(version: dict[str, Any]) -> list[str]:
    by = display.short(version["ChangedByRunId"]) if "ChangedByRunId" in version else ""
    counts = [str(version[name]) for name in ("Run", "Attempt")]
    return [str(version["Version"]), version["Change"], by, *counts, display.moment(version["ChangedOn"])]


def _head(service: Service, job: str, version: dict[str, Any]) -> dict[str, str]:
    entry = version["JobBookmarkEntry"]
    committed = [display.short(entry[name]) for name in ("RunId", "PreviousRunId") if name in entry]
    return {
        "Job": job,
        "Version": f"{entry['Version']}, {_written(version)}",
        "Committed": ", before it ".join(committed) or "by no run",
        "Next run": f"number {entry['Run']}, attempt {entry['Attempt']} began last",
        "Option": _option(service, job),
    }


def _written(version: dict[str, Any]) -> str:
    by = f" by run {display.short(version['ChangedByRunId'])}" if "ChangedByRunId" in version else ""
    return f"{version['Change']}{by}, {display.moment(version['ChangedOn'])}"


def _option(service: Service, job: str) -> str:
    """What the job's last run was told of bookmarks, by the job or when it was started."""
    definition = service.glue("GetJob", JobName=job)["Job"]
    runs = service.own("ListJobRuns", JobName=job, MaxResults=1)["JobRuns"]
    started = runs[0].get("Arguments", {}) if runs else {}
    given = {**definition.get("DefaultArguments", {}), **started, **definition.get("NonOverridableArguments", {})}
    return str(given.get(_OPTION, "job-bookmark-disable"))


def _before(service: Service, job: str, version: dict[str, Any]) -> int:
    """The version before the last change up to that one: a beginning changes nothing."""
    number = version["JobBookmarkEntry"]["Version"]
    pages = service.pages("ListJobBookmarkVersions", "Versions", of="openglue", JobName=job)
    older = [one for one in pages if one["Version"] <= number]
    moved = next((place for place, one in enumerate(older) if one["Change"] != "BEGIN"), len(older))
    if moved + 1 >= len(older):
        raise CommandError(f"the bookmark of {job} has no version before the last change: it has moved once at most")
    return int(older[moved + 1]["Version"])


def _moved(service: Service, job: str, answer: dict[str, Any], said: str, *, as_json: bool) -> None:
    """Say what has become of the bookmark, and of runs that know it as it was."""
    entry = answer["JobBookmarkEntry"]
    print(json.dumps(entry, indent=2) if as_json else f"{said} (version {entry['Version']})")
    going = service.own("ListJobRuns", JobName=job, JobRunStates=_UNDER_WAY)["JobRuns"]
    for run in going:
        note(f"run {display.short(run['Id'])} is under way: if it began with the bookmark as it was, its commit fails")


def _ask(service: Service, operation: str, job: str, *, of: str = "openglue", **members: Any) -> dict[str, Any]:
    """Call an operation on a job's bookmark. Raises CommandError if there is no job, or it has none."""
    call = service.glue if of == "glue" else service.own
    try:
        return call(operation, JobName=job, **members)
    except ServiceError as error:
        if error.shape != _MISSING:
            raise
    try:
        service.glue("GetJob", JobName=job)
    except ServiceError as error:
        raise CommandError(f"there is no job {job}; `openglue job ls` lists them") from error
    raise CommandError(f"job {job} has no bookmark: no run of it has begun with {_OPTION} job-bookmark-enable")


def _read(file: Path) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
        document = json.loads(text)
    except OSError as error:
        raise RefusedError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise RefusedError(f"{file} is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise RefusedError(f"{file} has no JobBookmark: it is no entry that was exported")
    return document
