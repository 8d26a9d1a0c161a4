"""`openglue job`: the definitions that runs are made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from openglue.cli import definition, display
from openglue.cli.definition import JobType
from openglue.cli.follow import note
from openglue.cli.options import Data, Endpoint, Json, application
from openglue.cli.service import open_service

app = application("List, show, create and delete jobs. `openglue run SCRIPT` creates and starts one in one step.")

Name = Annotated[str, typer.Argument(metavar="JOB", help="Name of the job.")]


@app.command("ls")
def list_jobs(as_json: Json = False, endpoint: Endpoint = None, data: Data = None) -> None:
    """List jobs by name."""
    jobs = list(open_service(endpoint, data).pages("GetJobs", "Jobs"))
    if as_json:
        print(json.dumps(jobs, indent=2))
        return
    if not jobs:
        note("there are no jobs yet; `openglue run SCRIPT` makes one")
        return
    rows = [
        [
            job["Name"],
            job["Command"].get("Name", ""),
            job["GlueVersion"],
            display.moment(job["LastModifiedOn"]),
            job["Command"].get("ScriptLocation", ""),
        ]
        for job in jobs
    ]
    typer.echo(display.table(["JOB", "TYPE", "VERSION", "CHANGED", "SCRIPT"], rows))


@app.command("get")
def get_job(job: Name, as_json: Json = False, endpoint: Endpoint = None, data: Data = None) -> None:
    """Show a job's definition, with the defaults of what it does not say."""
    found = open_service(endpoint, data).glue("GetJob", JobName=job)["Job"]
    if as_json:
        print(json.dumps(found, indent=2))
        return
    shown = {
        "Job": found["Name"],
        "Description": found.get("Description", ""),
        "Type": found["Command"].get("Name", ""),
        "Script": found["Command"].get("ScriptLocation", ""),
        "Glue version": found["GlueVersion"],
        "Role": found.get("Role", ""),
        "Arguments": _arguments(found.get("DefaultArguments", {})),
        "Fixed arguments": _arguments(found.get("NonOverridableArguments", {})),
        "Capacity": _capacity(found),
        "Runs at a time": str(found["ExecutionProperty"]["MaxConcurrentRuns"]),
        "Retries": str(found["MaxRetries"]),
        "Timeout": f"{found['Timeout']} min" if "Timeout" in found else "none",
        "Queues": "yes" if found.get("JobRunQueuingEnabled") else "",
        "Class": found.get("ExecutionClass", ""),
        "Created": display.moment(found["CreatedOn"]),
        "Changed": display.moment(found["LastModifiedOn"]),
    }
    typer.echo(display.members({name: value for name, value in shown.items() if value}))


@app.command("create")
def create_job(
    job: Name,
    script: Annotated[str, typer.Argument(metavar="SCRIPT", help="A local file, or s3://bucket/key.")],
    kind: Annotated[
        JobType,
        typer.Option("--type", help="What the script is: Spark (glueetl), Spark that never ends, or plain Python."),
    ] = (JobType.glueetl),
    arg: Annotated[
        list[str] | None, typer.Option("--arg", metavar="KEY=VALUE", help="A default argument of its runs. Repeatable.")
    ] = None,
    glue_version: Annotated[str | None, typer.Option("--glue-version", metavar="VERSION", help="Such as 5.1.")] = None,
    timeout: Annotated[
        int | None, typer.Option("--timeout", metavar="MIN", min=1, help="Minutes after which a run is ended.")
    ] = None,
    retries: Annotated[int, typer.Option("--retries", min=0, help="Times that a failed run is retried.")] = 0,
    concurrent: Annotated[int, typer.Option("--concurrent", min=1, help="Runs at a time.")] = 1,
    role: Annotated[
        str | None, typer.Option("--role", metavar="ARN", help="Role to record; nothing here assumes it.")
    ] = None,
    as_json: Json = False,
    endpoint: Endpoint = None,
    data: Data = None,
) -> None:
    """Create a job. A name that exists is refused."""
    location = definition.script_location(script)
    created = open_service(endpoint, data).glue(
        "CreateJob",
        **definition.new_job(job, location, kind, glue_version=glue_version, role=role),
        DefaultArguments=definition.arguments(arg or []) or None,
        Timeout=timeout,
        MaxRetries=retries or None,
        ExecutionProperty={"MaxConcurrentRuns": concurrent},
    )
    print(json.dumps(created) if as_json else f"created job {created['Name']}")


@app.command("delete")
def delete_job(job: Name, as_json: Json = False, endpoint: Endpoint = None, data: Data = None) -> None:
    """Delete a job. Its runs go on, and stay readable by their whole ids."""
    service = open_service(endpoint, data)
    # DeleteJob does not tell whether there was one (contract 1); a person who mistypes wants to know.
    service.glue("GetJob", JobName=job)
    deleted = service.glue("DeleteJob", JobName=job)
    print(json.dumps(deleted) if as_json else f"deleted job {job}")


def _arguments(arguments: Mapping[str, str]) -> str:
    return "\n".join(f"{key} {value}".rstrip() for key, value in arguments.items())


def _capacity(job: Mapping[str, Any]) -> str:
    dpu = f"{job['MaxCapacity']:g} DPU"
    return f"{dpu}: {job['NumberOfWorkers']} workers {job['WorkerType']}" if "WorkerType" in job else dpu
