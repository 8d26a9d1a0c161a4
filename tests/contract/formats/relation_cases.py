"""Relationalize: nested records as flat tables. Numbers are cases of awsglue 3."""

from __future__ import annotations

from .lake import Lake, raises, records, same, told, tree

FRIENDS = (
    '{"id": "a", "name": "Nancy", "friends": ["Fred", "Amy"]}',
    '{"id": "b", "name": "Stephanie", "friends": ["Tom", "Dick", "Harry"]}',
    '{"id": "c", "name": "Nathan", "friends": ["Ann", "Bea"]}',
)
COMPANY = (
    '{"company": "DigitalOcean", "employees": [{"email": "a@x", "name": "A"}, {"email": "b@x", "name": "B"}]}',
    '{"company": "Linode", "employees": [{"email": "c@x", "name": "C"}, {"email": "d@x"}, {"name": "E"}]}',
    '{"company": "Vultr", "employees": [{"email": "f@x", "name": "F"}]}',
)
LEGISLATOR = (
    '{"id": "p1", "name": {"given": "A", "family": "B"}, "images": [{"url": "u"}], "links": [],'
    ' "other_names": [{"name": "x", "lang": "en"}, {"name": "y"}],'
    ' "contact_details": [{"type": "fax", "value": "1"}], "identifiers": [{"scheme": "s", "identifier": "i"}]}'
)


def _tables(frame: object, name: str = "root") -> object:
    return frame.relationalize(name, "s3://lake/staging")


def an_array_of_values_is_a_table_of_its_own(lake: Lake) -> None:
    """Case D15."""
    found = _tables(lake.json_frame(*FRIENDS).coalesce(1))
    same(list(found.keys()), ["root", "root_friends"])
    same(
        [(one["name"], one["friends"]) for one in records(found["root"])],
        [("Nancy", 1), ("Stephanie", 2), ("Nathan", 3)],
    )
    same(tree(found["root"]), "|-- id: string\n|-- name: string\n|-- friends: long\n")
    same(tree(found["root_friends"]), "|-- id: long\n|-- index: int\n|-- friends.val: string\n")
    same(
        [(one["id"], one["index"], one["friends.val"]) for one in records(found["root_friends"])],
        [(1, 0, "Fred"), (1, 1, "Amy"), (2, 0, "Tom"), (2, 1, "Dick"), (2, 2, "Harry"), (3, 0, "Ann"), (3, 1, "Bea")],
    )


def a_child_joins_its_parent_again(lake: Lake) -> None:
    """Cases D14 and D16."""
    from awsglue.transforms import Join, Relationalize

    found = Relationalize.apply(frame=lake.json_frame(*COMPANY), staging_path="/tmp/here", name="company")  # noqa: S108
    same(list(found.keys()), ["company", "company_employees"])
    same(
        [field.name for field in found["company_employees"].schema()],
        ["id", "index", "employees.val.email", "employees.val.name"],
    )
    joined = Join.apply(found["company"], found["company_employees"], "employees", "id")
    same(
        {field.name for field in joined.schema()},
        {"company", "employees", "id", "index", "employees.val.email", "employees.val.name"},
    )
    same(joined.count(), 6)
    same(
        sorted((one["company"], one["employees.val.name"]) for one in records(joined) if one["employees.val.name"]),
        [("DigitalOcean", "A"), ("DigitalOcean", "B"), ("Linode", "C"), ("Linode", "E"), ("Vultr", "F")],
    )


def tables_are_named_after_the_root_and_the_path(lake: Lake) -> None:
    """Case D17."""
    found = _tables(lake.json_frame(LEGISLATOR), "l_root")
    same(
        sorted(found.keys()),
        ["l_root"]
        + [f"l_root_{name}" for name in ("contact_details", "identifiers", "images", "links", "other_names")],
    )
    same(found["l_root"].name, "l_root")
    (root,) = records(found["l_root"])
    same(
        root,
        {
            "id": "p1", "name.given": "A", "name.family": "B",
            "images": 1, "links": 1, "other_names": 1, "contact_details": 1, "identifiers": 1,
        },
    )  # fmt: skip
    same(found["l_root_links"].count(), 0)
    same([one["other_names.val.lang"] for one in records(found["l_root_other_names"])], ["en", None])


def arrays_lie_in_structs_and_in_arrays(lake: Lake) -> None:
    frame = lake.json_frame(
        '{"a": {"b": [{"c": [1, 2], "d": {"e": "x"}}, {"c": [3]}]}, "m": [[1], [], null, [2, 3]]}', '{"a": null}'
    )
    found = _tables(frame.coalesce(1))
    same(list(found.keys()), ["root", "root_a.b", "root_a.b.val.c", "root_m", "root_m.val"])
    same(records(found["root"]), [{"a.b": 1, "m": 1}, {"a.b": None, "m": None}])
    same(
        records(found["root_a.b"]),
        [
            {"id": 1, "index": 0, "a.b.val.c": 1, "a.b.val.d.e": "x"},
            {"id": 1, "index": 1, "a.b.val.c": 2, "a.b.val.d.e": None},
        ],
    )
    same(
        [tuple(one.values()) for one in records(found["root_a.b.val.c"])],
        [(1, 0, 1), (1, 1, 2), (2, 0, 3)],
    )
    same([field.name for field in found["root_a.b.val.c"].schema()], ["id", "index", "a.b.val.c.val"])
    same([tuple(one.values()) for one in records(found["root_m"])], [(1, 0, 1), (1, 1, 2), (1, 2, None), (1, 3, 4)])
    same([tuple(one.values()) for one in records(found["root_m.val"])], [(1, 0, 1), (4, 0, 2), (4, 1, 3)])


def ids_have_no_gaps_over_partitions(lake: Lake) -> None:
    frame = lake.frame([(number, [number, -number]) for number in range(20)], "n int, l array<int>").repartition(4)
    found = _tables(frame.filter(lambda one: one["n"] % 3))
    rows = {one["n"]: one["l"] for one in records(found["root"])}
    same(sorted(rows.values()), list(range(1, 14)))
    children = records(found["root_l"])
    same(
        {(one["id"], one["l.val"]) for one in children},
        {(id_, n * sign) for n, id_ in rows.items() for sign in (1, -1)},
    )


def a_frame_without_arrays_is_one_flat_table(lake: Lake) -> None:
    found = _tables(lake.json_frame('{"a": {"b": 1}, "c.d": "x"}'))
    same((list(found.keys()), records(found["root"])), (["root"], [{"a.b": 1, "c.d": "x"}]))
    nothing = _tables(lake.frame([(1,)], "n int").drop_fields("n"))
    same((list(nothing.keys()), tree(nothing["root"])), (["root"], ""))


def a_choice_of_values_stays_and_one_with_arrays_is_taken_apart(lake: Lake) -> None:
    found = _tables(lake.json_frame('{"p": 1, "q": [1]}', '{"p": "x", "q": {"r": 2}}', '{"q": "t"}').coalesce(1))
    same(list(found.keys()), ["root", "root_q.array"])
    same(
        tree(found["root"]),
        "|-- p: choice\n|    |-- int\n|    |-- string\n|-- q.array: long\n|-- q.string: string\n|-- q.struct.r: int\n",
    )
    same([tuple(one.values()) for one in records(found["root_q.array"])], [(1, 0, 1)])


def errors_and_thresholds_go_with_every_table(lake: Lake) -> None:
    frame = lake.frame([(0, [1]), (1, [2])], "n int, l array<int>").filter(lambda one: 1 / one["n"] > 0)
    found = frame.relationalize("root", "s3://lake/staging", totalThreshold=1)
    same((found["root"].errorsCount(), found["root_l"].errorsCount()), (1, 1))
    found["root_l"].assertErrorThreshold()


def relationalize_needs_a_place_or_a_temp_dir(lake: Lake) -> None:
    from awsglue.transforms import Relationalize
    from awsglue.utils import getResolvedOptions

    frame = lake.json_frame('{"a": [1]}')
    getResolvedOptions(["script.py"], [])
    with raises(RuntimeError, "Relationalize has no staging_path"):
        Relationalize.apply(frame)
    getResolvedOptions(["script.py", "--TempDir", "s3://lake/tmp"], [])
    same(list(Relationalize.apply(frame).keys()), ["roottable", "roottable_a"])
    same(
        told(lambda: frame.relationalize("r", "s3://lake/x", {"y": 1})),
        [
            "openglue: the staging_path s3://lake/x has no effect: Spark keeps the records while the tables are made",
            "openglue: the relationalize option y has no effect",
        ],
    )
