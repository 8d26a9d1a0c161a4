"""GlueContext, Job and what else a script begins and ends with."""

from __future__ import annotations

import contextlib
import io
import time
import warnings

from .lake import Lake, raises, records, same, told


def a_context_is_made_of_what_there_is_without_a_word(lake: Lake) -> None:
    from awsglue.context import GlueContext

    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()) as err:
        warnings.simplefilter("error")
        contexts = [
            GlueContext(lake.spark.sparkContext),
            GlueContext(lake.spark),
            GlueContext(),
            GlueContext(sparkContext=lake.spark.sparkContext),
        ]
    assert all(one.spark_session is lake.spark for one in contexts)
    same(err.getvalue(), "")
    with raises(TypeError, "a GlueContext is made of a SparkContext or a SparkSession, not of a str"):
        GlueContext("local")


def a_context_is_an_sql_context(lake: Lake) -> None:
    glue = lake.glue
    same(glue.sql("SELECT 1 AS n").collect()[0].n, 1)
    glue.createDataFrame([(2,)], "n int").createOrReplaceTempView("two")
    same(glue.table("two").collect()[0].n, 2)
    glue.udf.register("three", lambda: 3, "int")
    same(glue.sql("SELECT three() AS n").collect()[0].n, 3)
    lake.put("in/a.json", '{"n": 4}\n')
    same(glue.read.json(lake.uri("in")).collect()[0].n, 4)


def partitions_of_a_context_are_told_to_have_no_effect(lake: Lake) -> None:
    from awsglue.context import GlueContext

    lines = told(lambda: GlueContext(lake.spark, minPartitions=10, targetPartitions=20))
    same(
        [line.split(":")[1] for line in lines],
        [
            " the GlueContext option minPartitions has no effect",
            " the GlueContext option targetPartitions has no effect",
        ],
    )


def the_logger_writes_to_the_runs_log_at_once(lake: Lake) -> None:
    with contextlib.redirect_stderr(io.StringIO()) as err:
        logger = lake.glue.get_logger()
        logger.info("one")
        logger.warning("two")
        logger.error("drei ß")
        logger.debug("unseen")
    lines = [line.split(" ", 2)[2] for line in err.getvalue().splitlines()]
    same(lines, ["INFO GlueLogger: one", "WARN GlueLogger: two", "ERROR GlueLogger: drei ß"])


def the_time_is_in_milliseconds(lake: Lake) -> None:
    assert abs(lake.glue.currentTimeMillis() - time.time() * 1000) < 60_000


def a_job_is_begun_and_committed(lake: Lake) -> None:
    from awsglue.job import Job

    for made_of in (lake.glue, lake.spark):
        job = Job(made_of)
        same(job.isInitialized(), False)
        same(told(lambda job=job: job.init("flights", {"JOB_NAME": "flights"})), [])
        same(job.isInitialized(), True)
        job.commit()
    with raises(TypeError, "a Job is made of a GlueContext or a SparkSession, not of a SparkContext"):
        Job(lake.spark.sparkContext)


def bookmarks_outside_of_a_run_are_told_of_once_and_everything_is_read(lake: Lake) -> None:
    from awsglue.job import Job

    lake.put("in/a.json", '{"n": 4}\n')
    for option in ("job-bookmark-enable", "job-bookmark-pause"):
        job = Job(lake.spark)
        (line,) = told(lambda job=job, option=option: job.init("flights", {"job_bookmark_option": option}))
        assert line.startswith("openglue: job bookmarks are kept by OpenGlue's service: outside of a run "), line
        for _ in range(2):
            frame = lake.glue.create_dynamic_frame.from_options(
                "s3", {"paths": [lake.uri("in")]}, "json", transformation_ctx="in"
            )
            same(frame.count(), 1)
            job.commit()
    same(told(lambda: Job(lake.glue).init("flights", {"job_bookmark_option": "job-bookmark-disable"})), [])


def a_job_is_committed_after_it_has_begun(lake: Lake) -> None:
    from awsglue.job import Job

    with raises(RuntimeError, "job.commit() comes before job.init()"):
        Job(lake.glue).commit()


def a_job_knows_the_names_of_glues_own_arguments(lake: Lake) -> None:
    from awsglue.job import Job

    same(Job.job_bookmark_options(), ["job-bookmark-enable", "job-bookmark-pause", "job-bookmark-disable"])
    same(Job.job_bookmark_range_options(), ["job-bookmark-from", "job-bookmark-to"])
    same(Job.id_params(), ["--JOB_ID", "--JOB_RUN_ID", "--SECURITY_CONFIGURATION"])
    same(Job.continuation_options(), ["continuation-enabled", "continuation-readonly", "continuation-ignore"])
    same(Job.encryption_type_options() + Job.data_lineage_options(), ["--encryption-type", "--enable-data-lineage"])


def data_frames_are_made_from_options_too(lake: Lake) -> None:
    lake.put("in/a.json", '{"n": 4}\n')
    df = lake.glue.create_data_frame.from_options("s3", {"paths": [lake.uri("in")]}, format="json")
    same(df.collect()[0].n, 4)


def frames_are_made_of_rdds(lake: Lake) -> None:
    from awsglue import gluetypes

    rdd = lake.spark.sparkContext.parallelize([(1, "x")])
    schema = gluetypes.StructType(
        [gluetypes.Field("id", gluetypes.IntegerType()), gluetypes.Field("s", gluetypes.StringType())]
    )
    for given in (schema, "id int, s string"):
        frame = lake.glue.create_dynamic_frame.from_rdd(rdd, "rows", given)
        same((frame.name, records(frame)), ("rows", [{"id": 1, "s": "x"}]))
    same(records(lake.glue.create_dynamic_frame_from_rdd(rdd, "rows")), [{"_1": 1, "_2": "x"}])


def writing_gives_the_frame_of_what_could_not_be_written(lake: Lake) -> None:
    frame = lake.frame([(1,)], "n int")
    same(lake.write(frame, "out", "json").name, "frame_errors")
    same(frame.write("s3", {"path": lake.uri("out")}, "json").count(), 0)
    same(lake.read("out", "json").count(), 2)


def only_frames_can_be_written(lake: Lake) -> None:
    with raises(TypeError, "a sink takes a DynamicFrame or a DynamicFrameCollection, not a DataFrame"):
        lake.write(lake.spark.range(1), "out", "json")


def data_frames_pass_a_sink_of_their_own(lake: Lake) -> None:
    sink = lake.glue.getSink("s3", format="json", path=lake.uri("out"))
    sink.setFormat("json")
    sink.writeDataFrame(lake.spark.range(2).toDF("n"), lake.glue)
    same(records(lake.read("out", "json")), [{"n": 0}, {"n": 1}])


def a_push_down_predicate_is_told_to_have_no_effect(lake: Lake) -> None:
    lake.put("in/a.json", '{"n": 4}\n')
    same(
        told(
            lambda: lake.glue.create_dynamic_frame.from_options(
                "s3", {"paths": [lake.uri("in")]}, "json", push_down_predicate="year == 1"
            )
        ),
        ["openglue: push_down_predicate has no effect: it is for partitions of a catalog table"],
    )


def a_console_made_script_runs_to_its_end(lake: Lake) -> None:
    """What Glue Studio writes, with paths of this test."""
    lake.put("in/a.csv", "id,name,when\n1,x,2026-01-02\n2,,2026-01-03\n")
    script = f"""
import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job

args = getResolvedOptions(sys.argv, ['JOB_NAME'])
sc = SparkContext.getOrCreate()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args['JOB_NAME'], args)

S3bucket_node1 = glueContext.create_dynamic_frame.from_options(
    format_options={{"quoteChar": '"', "withHeader": True, "separator": ","}},
    connection_type="s3", format="csv",
    connection_options={{"paths": ["{lake.uri("in")}"], "recurse": True}},
    transformation_ctx="S3bucket_node1",
)
ApplyMapping_node2 = ApplyMapping.apply(
    frame=S3bucket_node1,
    mappings=[("id", "string", "id", "long"), ("name", "string", "name", "string"), ("when", "string", "day", "date")],
    transformation_ctx="ApplyMapping_node2",
)
resolvechoice3 = ResolveChoice.apply(frame=ApplyMapping_node2, choice="make_struct", transformation_ctx="resolve3")
dropnullfields3 = DropNullFields.apply(frame=resolvechoice3, transformation_ctx="dropnullfields3")
datasink4 = glueContext.write_dynamic_frame.from_options(
    frame=dropnullfields3, connection_type="s3", format="glueparquet",
    connection_options={{"path": "{lake.uri("out")}", "partitionKeys": []}},
    format_options={{"compression": "snappy"}}, transformation_ctx="datasink4",
)
job.commit()
"""
    import sys

    before = sys.argv
    sys.argv = ["script.py", "--JOB_NAME", "made", "--job-bookmark-option", "job-bookmark-disable"]
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(script, "script.py", "exec"), {"__name__": "__main__"})  # noqa: S102 - it is a script
    finally:
        sys.argv = before
    same(
        [(one["id"], one["name"], str(one["day"])) for one in records(lake.read("out", "parquet"))],
        [(1, "x", "2026-01-02"), (2, "", "2026-01-03")],
    )


def machine_learning_refuses_to_be_imported(lake: Lake) -> None:
    import importlib

    with raises(NotImplementedError, "awsglueml.transforms is not built: FindMatches"):
        importlib.import_module("awsglueml.transforms")


def every_transform_is_exported_and_describes_itself(lake: Lake) -> None:
    from awsglue import transforms

    names = [
        *("ApplyMapping", "Coalesce", "DropFields", "DropNullFields", "ErrorsAsDynamicFrame", "Filter", "FlatMap"),
        *("Join", "Map", "MapToCollection", "Relationalize", "RenameField", "Repartition", "ResolveChoice"),
        *("SelectFields", "SelectFromCollection", "Spigot", "SplitFields", "SplitRows", "Unbox", "Union"),
        "UnnestFrame",
    ]
    same(sorted(transforms.__all__), names)
    same([one.name() for one in transforms.get_transforms()], names)
    described = transforms.describe_transform("dropfields")["transform"]
    same(described["name"], "DropFields")
    same([one["name"] for one in described["args"]][:2], ["frame", "paths"])
    same([one["optional"] for one in described["args"]][:3], [False, False, True])
    with raises(ValueError, "there is no transform 'nothing'"):
        transforms.get_transform("nothing")
