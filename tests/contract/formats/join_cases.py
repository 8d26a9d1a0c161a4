"""Several frames: joins, unions, merges and collections."""

from __future__ import annotations

from .lake import Lake, raises, records, same, told, tree


def a_key_of_the_same_name_is_there_twice(lake: Lake) -> None:
    """Case D12."""
    from awsglue.transforms import Join

    left = lake.json_frame('{"customers": ["a", "b"], "zip": 1}', '{"customers": ["c"], "zip": 3}')
    right = lake.frame([(1,), (2,)], "zip int")
    joined = Join.apply(left, right, "zip", "zip")
    same({field.name for field in joined.schema()}, {"customers", "zip", ".zip"})
    same(records(joined), [{"customers": ["a", "b"], "zip": 1, ".zip": 1}])


def a_field_that_only_one_side_of_a_record_has_is_one_field(lake: Lake) -> None:
    """Case D13: both inputs have links, but no joined record has it on both sides."""
    persons = lake.json_frame('{"pid": "p1", "links": ["x"], "org": "o1"}', '{"pid": "p2", "org": "o2"}')
    orgs = lake.json_frame('{"oid": "o1", "name": "House"}', '{"oid": "o2", "links": ["y"]}')
    joined = persons.join(["org"], ["oid"], orgs)
    same({field.name for field in joined.schema()}, {"pid", "links", "org", "oid", "name"})
    same({one["pid"]: one["links"] for one in records(joined)}, {"p1": ["x"], "p2": ["y"]})


def a_field_that_some_records_have_twice_is_told_apart_there(lake: Lake) -> None:
    left = lake.json_frame('{"k": 1, "v": "a"}', '{"k": 2}')
    right = lake.json_frame('{"j": 1, "v": 5}', '{"j": 2, "v": 6}')
    joined = left.join("k", "j", right)
    same(tree(joined), "|-- k: int\n|-- v: choice\n|    |-- int\n|    |-- string\n|-- j: int\n|-- .v: int\n")
    same(
        [(one["v"], one[".v"]) for one in records(joined)],
        [({"int": None, "string": "a"}, 5), ({"int": 6, "string": None}, None)],
    )


def keys_may_have_other_names_and_come_in_numbers(lake: Lake) -> None:
    """Case D14, and null keys match nothing."""
    company = lake.frame([("Acme", 1, "x"), ("Beta", None, "y"), ("Cee", 2, "z")], "company string, emp long, r string")
    child = lake.frame(
        [(1, "x", "a@"), (1, "w", "b@"), (None, "y", "c@"), (2, "z", "d@")], "id long, s string, mail string"
    )
    same(len(records(company.join(["emp"], ["id"], child))), 3)
    two = company.join(["emp", "r"], ["id", "s"], child)
    same([(one["company"], one["mail"]) for one in records(two)], [("Acme", "a@"), ("Cee", "d@")])


def keys_may_lie_in_structs(lake: Lake) -> None:
    left = lake.json_frame('{"a": {"k": 1}, "x": 1}')
    right = lake.frame([(1, "y")], "`b.k` int, v string")
    same(records(left.join("a.k", "`b.k`", right)), [{"a": {"k": 1}, "x": 1, "b.k": 1, "v": "y"}])


def keys_must_be_there_and_comparable(lake: Lake) -> None:
    left, right = lake.json_frame('{"k": 1}', '{"k": "x"}'), lake.frame([(1,)], "id int")
    with raises(TypeError, "the key k is of type choice, which cannot be compared: resolve it first"):
        left.join("k", "id", right).count()
    with raises(ValueError, "the key nothing is no field of the frame: id"):
        right.join("nothing", "id", right).count()
    with raises(ValueError, "join needs as many keys on each side"):
        right.join(["id"], [], right).count()


def a_source_without_anything_new_fails_no_step(lake: Lake) -> None:
    """An empty frame has no fields, and so no keys; a run whose bookmark found nothing must not fail for that."""
    lake.local("nothing").mkdir()
    nothing, some = lake.read("nothing", "json"), lake.json_frame('{"id": 1}')
    for left, right in ((nothing, some), (some, nothing), (nothing, nothing)):
        joined = left.join(["id"], ["id"], right)
        same((tree(joined), records(joined)), ("", []))
    split = nothing.split_rows({"id": {">": 10}}, "high", "low")
    same((records(split.select("high")), records(split.select("low"))), ([], []))
    same(records(nothing.unbox("id", "json")), [])
    same(records(some.mergeDynamicFrame(nothing, ["id"])), [{"id": 1}])
    same(records(nothing.mergeDynamicFrame(some, ["id"])), [{"id": 1}])


def a_join_is_named_after_both_frames(lake: Lake) -> None:
    left, right = lake.frame([(1,)], "a int"), lake.frame([(1,)], "b int")
    left.name, right.name = "one", "two"
    same(left.join("a", "b", right).name, "onetwo")


def a_union_takes_fields_by_name_and_makes_choices(lake: Lake) -> None:
    from awsglue.transforms import Union

    one = lake.json_frame('{"a": 1, "s": {"x": 1}, "l": [1]}')
    other = lake.json_frame('{"s": {"y": 2}, "a": "x", "b": true, "l": ["t"]}')
    for union in (one.union(other), Union.apply(frame1=one, frame2=other)):
        same(
            tree(union),
            "|-- a: choice\n|    |-- int\n|    |-- string\n|-- s: struct\n|    |-- x: int\n|    |-- y: int\n"
            "|-- l: array\n|    |-- element: choice\n|    |    |-- int\n|    |    |-- string\n|-- b: boolean\n",
        )
        same(
            records(union),
            [
                {
                    "a": {"int": 1, "string": None},
                    "s": {"x": 1, "y": None},
                    "l": [{"int": 1, "string": None}],
                    "b": None,
                },
                {
                    "a": {"int": None, "string": "x"},
                    "s": {"x": None, "y": 2},
                    "l": [{"int": None, "string": "t"}],
                    "b": True,
                },
            ],
        )


def a_union_widens_a_choice_and_fills_a_null(lake: Lake) -> None:
    one = lake.json_frame('{"a": 1, "n": null}', '{"a": "x"}')
    other = lake.json_frame('{"a": 2.5, "n": {"k": 1}}')
    union = one.union(other)
    same(
        tree(union),
        "|-- a: choice\n|    |-- double\n|    |-- int\n|    |-- string\n|-- n: struct\n|    |-- k: int\n",
    )
    same(union.filter(lambda record: record["a"] == 2.5).count(), 1)


def a_union_keeps_duplicates_and_errors(lake: Lake) -> None:
    frame = lake.frame([(0,), (1,)], "n int").filter(lambda one: 1 / one["n"] > 0)
    union = frame.union(frame)
    same((union.count(), union.errorsCount()), (2, 2))


def a_merge_replaces_by_key_and_adds(lake: Lake) -> None:
    """Case D24."""
    source = lake.frame([(1, "a"), (2, "b"), (2, "b2"), (None, "n")], "id int, v string")
    stage = lake.frame([(2, "new"), (2, "new2"), (3, "c"), (None, "m")], "id int, v string")
    same(
        [(one["id"], one["v"]) for one in records(source.mergeDynamicFrame(stage, ["id"]))],
        [(1, "a"), (2, "new"), (2, "new2"), (3, "c"), (None, "m"), (None, "n")],
    )


def frames_of_other_schemas_are_merged(lake: Lake) -> None:
    source = lake.frame([(1, "a"), (2, "b")], "id int, v string")
    stage = lake.frame([(2, 5)], "id int, w int")
    same(
        records(source.mergeDynamicFrame(stage, ["id"])),
        [{"id": 1, "v": "a", "w": None}, {"id": 2, "v": None, "w": 5}],
    )


def options_of_a_merge_are_told_to_have_no_effect(lake: Lake) -> None:
    frame = lake.frame([(1,)], "n int")
    same(
        told(lambda: frame.mergeDynamicFrame(frame, ["n"], options={"x": 1})),
        ["openglue: the mergeDynamicFrame option x has no effect: Spark joins the keys"],
    )


def a_collection_gives_frames_by_name_and_nothing_for_others(lake: Lake) -> None:
    from awsglue.dynamicframe import DynamicFrameCollection
    from awsglue.transforms import MapToCollection, SelectFromCollection

    one, other = lake.frame([(1,)], "n int"), lake.frame([(2,)], "n int")
    one.name, other.name = "one", "other"
    for frames in (
        DynamicFrameCollection([one, other], lake.glue),
        DynamicFrameCollection({"one": one, "other": other}, lake.glue),
    ):
        same((list(frames.keys()), len(frames), frames["one"] is one), (["one", "other"], 2, True))
        same([frame.count() for frame in frames.values()], [1, 1])
        missing = SelectFromCollection.apply(frames, "nothing")
        same((missing.count(), tree(missing), missing.name), (0, "", "nothing"))
        mapped = MapToCollection.apply(frames, lambda frame, ctx: frame.rename_field("n", ctx), "ctx")
        same(records(mapped["other"]), [{"ctx": 2}])
    with raises(TypeError):
        iter(frames)
    with raises(TypeError):
        _ = "one" in frames
    with raises(KeyError):
        _ = frames["nothing"]


def a_transform_goes_over_a_collection(lake: Lake) -> None:
    from awsglue.transforms import FlatMap, Relationalize, ResolveChoice

    frames = lake.json_frame('{"a": 1, "b": [1]}', '{"a": "x", "b": ["y"]}').split_fields(["a"], "left", "right")
    flat = FlatMap.apply(frames, ResolveChoice, frame_name="frame", transformation_ctx="ctx", choice="cast:string")
    same((list(flat.keys()), tree(flat["left"])), (["left", "right"], "|-- a: string\n"))
    same(tree(flat["right"]), "|-- b: array\n|    |-- element: string\n")
    tables = FlatMap.apply(frames, Relationalize, "frame", staging_path="s3://lake/tmp", name="r")
    same(list(tables.keys()), ["left_r", "right_r", "right_r_b"])
    named = frames.flatmap(lambda frame, ctx: frame.rename_field("a", ctx), "called")
    same([field.name for field in named["left"].schema()], ["called"])
