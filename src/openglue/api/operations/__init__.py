"""The operations of AWS Glue that are served.

Add an operation here, and to the slice that scripts/cut_model.py cuts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from openglue.api.context import Context
from openglue.api.operations import bookmarks, connections, databases, jobs, partitions, runs, tables, tags, triggers

Handler = Callable[[Context, dict[str, Any]], Awaitable[dict[str, Any]]]

OPERATIONS: dict[str, Handler] = {
    "StartJobRun": runs.start_job_run,
    "GetJobRun": runs.get_job_run,
    "GetJobRuns": runs.get_job_runs,
    "BatchStopJobRun": runs.batch_stop_job_run,
    "ResetJobBookmark": bookmarks.reset_job_bookmark,
    "GetJobBookmark": bookmarks.get_job_bookmark,
    "CreateJob": jobs.create_job,
    "GetJob": jobs.get_job,
    "GetJobs": jobs.get_jobs,
    "ListJobs": jobs.list_jobs,
    "BatchGetJobs": jobs.batch_get_jobs,
    "UpdateJob": jobs.update_job,
    "DeleteJob": jobs.delete_job,
    "CreateTrigger": triggers.create_trigger,
    "GetTrigger": triggers.get_trigger,
    "GetTriggers": triggers.get_triggers,
    "ListTriggers": triggers.list_triggers,
    "BatchGetTriggers": triggers.batch_get_triggers,
    "UpdateTrigger": triggers.update_trigger,
    "DeleteTrigger": triggers.delete_trigger,
    "StartTrigger": triggers.start_trigger,
    "StopTrigger": triggers.stop_trigger,
    "CreateDatabase": databases.create_database,
    "GetDatabase": databases.get_database,
    "GetDatabases": databases.get_databases,
    "UpdateDatabase": databases.update_database,
    "DeleteDatabase": databases.delete_database,
    "CreateTable": tables.create_table,
    "GetTable": tables.get_table,
    "GetTables": tables.get_tables,
    "UpdateTable": tables.update_table,
    "DeleteTable": tables.delete_table,
    "BatchDeleteTable": tables.batch_delete_table,
    "GetPartitionIndexes": tables.get_partition_indexes,
    "CreatePartition": partitions.create_partition,
    "BatchCreatePartition": partitions.batch_create_partition,
    "GetPartition": partitions.get_partition,
    "GetPartitions": partitions.get_partitions,
    "BatchGetPartition": partitions.batch_get_partition,
    "UpdatePartition": partitions.update_partition,
    "DeletePartition": partitions.delete_partition,
    "BatchDeletePartition": partitions.batch_delete_partition,
    "CreateConnection": connections.create_connection,
    "GetConnection": connections.get_connection,
    "GetConnections": connections.get_connections,
    "UpdateConnection": connections.update_connection,
    "DeleteConnection": connections.delete_connection,
    "GetTags": tags.get_tags,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
}
