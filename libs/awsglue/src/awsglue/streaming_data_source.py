"""StreamingDataSource: there by name, so that imports of it work."""

from __future__ import annotations

from awsglue.refusals import not_built


class StreamingDataSource:
    """What GlueContext.getStreamingSource answers on AWS: a stream of Kinesis or Kafka."""

    __init__ = not_built(
        "StreamingDataSource", "make the stream with spark.readStream and give it to GlueContext.forEachBatch"
    )
