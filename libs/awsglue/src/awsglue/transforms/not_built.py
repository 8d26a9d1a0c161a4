"""Transforms that are there by name, so that `from awsglue.transforms import *` works, and refuse when used."""

from __future__ import annotations

from awsglue.transforms.transform import NotBuiltTransform


class FlatMap(NotBuiltTransform):
    instead = "go through the collection's keys() and make a collection of the results"


class Spigot(NotBuiltTransform):
    instead = "write a sample with frame.toDF().limit(n).write.json"


class Unbox(NotBuiltTransform):
    instead = "use toDF(), from_json in Spark and DynamicFrame.fromDF"
