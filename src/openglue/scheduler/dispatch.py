"""From a claimed run to the plan that its runner is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openglue.config import Config
from openglue.model import arguments as args
from openglue.model.capacity import Machine, share
from openglue.model.plan import Plan
from openglue.model.run import Run
from openglue.model.tokens import Role, token
from openglue.s3 import routes


@dataclass(frozen=True, kw_only=True)
class Site:
    """What every plan of this server has in common."""

    config: Config
    machine: Machine
    #: Where this server answers, e.g. http://127.0.0.1:4566.
    url: str
    #: File that names the address of whatever server is running.
    server_file: Path
    secret: bytes
    uv: Path
    #: Directory that holds our awsglue package and nothing else.
    awsglue: Path
    java_home: str | None


def make_plan(run: Run, definition: Mapping[str, Any], site: Site, workspace: Path) -> Plan:
    """Everything the runner of `run` needs; nothing in it is looked up again."""
    config = site.config
    command = definition["Command"]
    merged = args.merge(
        definition.get("DefaultArguments") or {},
        run.fixed.get("Arguments") or {},
        definition.get("NonOverridableArguments") or {},
    )
    given = share(site.machine, run.command, run.fixed)
    return Plan(
        run_id=run.id,
        job_id=run.job_id,
        job_name=run.job_name,
        fence=run.fence,
        command=run.command,
        script_location=merged.get("--scriptLocation") or str(command.get("ScriptLocation") or ""),
        python_version=command.get("PythonVersion"),
        glue_version=definition.get("GlueVersion"),
        default_glue_version=config.default_glue_version,
        arguments=merged,
        timeout_s=run.timeout_minutes * 60.0,
        launch_deadline_s=config.launch_deadline_s,
        # A database of its own has no other server that could take a run over.
        fence_after_s=config.fence_after_s if config.db else None,
        stop_grace_s=config.stop_grace_s,
        memory_mb=given.memory_mb,
        asked_mb=given.asked_mb,
        cores=given.cores,
        cpu_weight=given.cpu_weight,
        tasks=given.tasks,
        spark_master=config.spark_master or f"local[{given.cores}]",
        java_options=[*config.java_options],
        server=site.url,
        server_file=str(site.server_file),
        token=token(site.secret, Role.RUNNER, run.id, run.fence),
        script_token=token(site.secret, Role.SCRIPT, run.id, run.fence),
        workspace=str(workspace),
        cache=str(config.cache),
        s3_root=str(config.data / "s3"),
        local_paths=config.local_paths,
        java_home=site.java_home,
        uv=str(site.uv),
        awsglue=str(site.awsglue),
        notes=_notes(run),
        environment=_environment(run, site),
        log_head_bytes=config.log_head_mb << 20,
        log_tail_bytes=config.log_tail_mb << 20,
        log_event_bytes=config.log_event_kb << 10,
    )


def _notes(run: Run) -> list[str]:
    """Members that are recorded and change nothing yet (promise P8)."""
    notes = []
    if run.fixed.get("SecurityConfiguration"):
        notes.append("SecurityConfiguration has no effect here: data and logs are stored as they are written")
    return notes


def _environment(run: Run, site: Site) -> dict[str, str]:
    """Region, routes, and credentials that are this run's own."""
    script = token(site.secret, Role.SCRIPT, run.id, run.fence)
    return {
        "AWS_REGION": site.config.region,
        "AWS_DEFAULT_REGION": site.config.region,
        "AWS_ACCESS_KEY_ID": f"ASIA{script[:16].upper()}",
        "AWS_SECRET_ACCESS_KEY": script[16:56],
        "AWS_SESSION_TOKEN": f"{run.id}.{run.fence}",
        # Without this, a call before the first credentials are found waits for a metadata service.
        "AWS_EC2_METADATA_DISABLED": "true",
        **routes.environment(site.config.routes, site.url, site.config.region),
    }
