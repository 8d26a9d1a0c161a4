"""Fields of several types, and what mappings and actions make of fields. Numbers are cases of awsglue 3."""

from __future__ import annotations

from .lake import Lake, raises, records, same, tree


def mappings_choose_rename_cast_and_order(lake: Lake) -> None:
    """Case D4."""
    frame = lake.frame(
        [("Collins", "Michael", "1944-10-15", "x"), ("Huizenga", "Bill", "no date", "y")],
        "family_name string, name string, birth_date string, other string",
    )
    mapped = frame.apply_mapping(
        [
            ("family_name", "String", "last_name", "String"),
            ("name", "string", "first_name", "string"),
            ("birth_date", "string", "date_of_birth", "Date"),
            ("nothing", "string", "nowhere", "string"),
        ]
    )
    same(tree(mapped), "|-- last_name: string\n|-- first_name: string\n|-- date_of_birth: date\n")
    same([str(one["date_of_birth"]) for one in records(mapped)], ["1944-10-15", "None"])


def mappings_unnest_and_nest_again(lake: Lake) -> None:
    """Case D3."""
    nested = lake.json_frame('{"address": {"state": "NY", "zip": 10001}, "x": 1}', '{"x": 2}')
    flat = nested.apply_mapping([("address.state", "string", "state", "string"), ("address.zip", "int", "zip", "int")])
    same(records(flat), [{"state": "NY", "zip": 10001}, {"state": None, "zip": None}])
    again = flat.apply_mapping([("state", "string", "address.state", "string"), ("zip", "int", "address.zip", "int")])
    same(tree(again), "|-- address: struct\n|    |-- state: string\n|    |-- zip: int\n")
    same(records(again), [{"address": None}, {"address": {"state": "NY", "zip": 10001}}])


def mappings_build_nested_targets(lake: Lake) -> None:
    """Case D5."""
    frame = lake.frame(
        [("10001", "SOUTHEAST", "36301", "32963.07", "5777.24")],
        "`provider id` string, `provider name` string, zip string, `avg.covered` string, payments string",
    )
    mapped = frame.apply_mapping(
        [
            ("provider id", "string", "provider.id", "long"),
            ("provider name", "string", "provider.name", "string"),
            ("`avg.covered`", "string", "charges.covered", "double"),
            ("payments", "string", "charges.total_pay", "double"),
            ("zip", "string", "provider.zip", "string"),
        ]
    )
    same(
        records(mapped),
        [
            {
                "provider": {"id": 10001, "name": "SOUTHEAST", "zip": "36301"},
                "charges": {"covered": 32963.07, "total_pay": 5777.24},
            }
        ],
    )
    assert "|    |-- id: long\n" in tree(mapped)


def values_that_do_not_fit_a_mapping_are_null(lake: Lake) -> None:
    frame = lake.frame([("12", 3_000_000_000, 1.9), ("x", 5, None)], "s string, l long, d double")
    mapped = frame.apply_mapping(
        [("s", "string", "s", "int"), ("l", "long", "l", "int"), ("d", "double", "d", "int"), ("l", "b", "boolean")]
    )
    same(
        records(mapped),
        [{"s": 12, "l": None, "d": 1, "b": True}, {"s": None, "l": 5, "d": None, "b": True}],
    )


def names_in_mappings_may_differ_in_case_unless_told(lake: Lake) -> None:
    frame = lake.frame([(1,)], "Id int")
    same(records(frame.apply_mapping([("iD", "int", "n", "int")])), [{"n": 1}])
    same(tree(frame.apply_mapping([("iD", "int", "n", "int")], case_sensitive=True)), "")
    same(records(frame.applyMapping([("Id", "n")])), [{"n": 1}])


def a_choice_is_cast_by_a_mapping(lake: Lake) -> None:
    frame = lake.json_frame('{"p": 1}', '{"p": "2"}', '{"p": "x"}')
    same([one["p"] for one in records(frame.apply_mapping([("p", "int", "p", "long")]))], [1, 2, None])
    same([one["p"] for one in records(frame.apply_mapping([("p", "int", "p", "string")]))], ["1", "2", "x"])
    same(tree(frame.apply_mapping([("p", "choice", "q", "choice")])), "|-- q: choice\n|    |-- int\n|    |-- string\n")


def structs_become_json_when_mapped_to_text(lake: Lake) -> None:
    frame = lake.json_frame('{"a": {"b": [1]}}', "{}")
    same(records(frame.apply_mapping([("a", "struct", "a", "string")])), [{"a": '{"b":[1]}'}, {"a": None}])


def choices_in_lists_are_cast_and_what_does_not_parse_is_null(lake: Lake) -> None:
    """Case D2."""
    frame = lake.json_frame('{"myList": [{"price": 100.00}, {"price": "$100.00"}]}')
    for path in ("myList[].price", "myList.price"):
        resolved = frame.resolveChoice(specs=[(path, "cast:double")])
        same(records(resolved), [{"myList": [{"price": 100.0}, {"price": None}]}])


def each_action_resolves_a_choice_in_its_way(lake: Lake) -> None:
    frame = lake.json_frame('{"id": 1, "p": 5}', '{"id": 2, "p": "7"}', '{"id": 3, "p": "x"}')

    def resolved(action: str) -> object:
        return frame.resolveChoice(specs=("p", action))

    same([one["p"] for one in records(resolved("cast:long"))], [5, 7, None])
    same([one["p"] for one in records(resolved("project:int"))], [5, None, None])
    same([one["p"] for one in records(resolved("project:string"))], ["5", "7", "x"])
    same(
        records(resolved("make_cols")),
        [
            {"id": 1, "p_int": 5, "p_string": None},
            {"id": 2, "p_int": None, "p_string": "7"},
            {"id": 3, "p_int": None, "p_string": "x"},
        ],
    )
    same(tree(resolved("make_struct")), "|-- id: int\n|-- p: struct\n|    |-- int: int\n|    |-- string: string\n")
    same(records(resolved("make_struct")), records(frame))
    same(tree(frame.resolveChoice(specs=[("id", "cast:string"), ("nothing", "cast:int")]))[:14], "|-- id: string")


def one_action_resolves_every_choice(lake: Lake) -> None:
    frame = lake.json_frame(
        '{"a": 1, "s": {"b": 1.5}, "l": [{"c": 1}]}', '{"a": "x", "s": {"b": true}, "l": [{"c": ""}]}'
    )
    same(
        tree(frame.resolveChoice(choice="make_cols")),
        "|-- a_int: int\n|-- a_string: string\n"
        "|-- s: struct\n|    |-- b_boolean: boolean\n|    |-- b_double: double\n"
        "|-- l: array\n|    |-- element: struct\n|    |    |-- c_int: int\n|    |    |-- c_string: string\n",
    )
    same(
        records(frame.resolveChoice(choice="cast:string")),
        [
            {"a": "1", "s": {"b": "1.5"}, "l": [{"c": "1"}]},
            {"a": "x", "s": {"b": "true"}, "l": [{"c": ""}]},
        ],
    )


def choices_inside_choices_are_resolved_as_well(lake: Lake) -> None:
    frame = lake.json_frame('{"a": {"b": 1}}', '{"a": {"b": "x"}}', '{"a": 5}')
    same(
        tree(frame.resolveChoice(choice="make_struct")),
        "|-- a: struct\n|    |-- int: int\n|    |-- struct: struct\n"
        "|    |    |-- b: struct\n|    |    |    |-- int: int\n|    |    |    |-- string: string\n",
    )


def resolving_needs_one_instruction(lake: Lake) -> None:
    frame = lake.json_frame('{"a": 1}')
    with raises(ValueError, "Parameter specs and option are both missing, add one."):
        frame.resolveChoice()
    with raises(ValueError, "Parameter specs and option are both specified, choose one."):
        frame.resolveChoice(specs=[("a", "cast:int")], choice="make_cols")
    with raises(ValueError, "'drop' is no action on a choice"):
        frame.resolveChoice(specs=[("a", "drop")])


def resolve_options_decide_how_choices_become_columns(lake: Lake) -> None:
    from awsglue import gluetypes
    from awsglue.dynamicframe import ResolveOption

    frame = lake.json_frame('{"p": 5, "q": 1}', '{"p": "7", "q": 2.5}')
    df = frame.toDF([ResolveOption("p", "Project", gluetypes.StringType()), ResolveOption("q", "KeepAsStruct")])
    same(df.dtypes, [("p", "string"), ("q", "struct<double:double,int:int>")])
    with raises(ValueError, "Target type must be specified with project action."):
        ResolveOption("p", "Project")
    with raises(ValueError, "there are KeepAsStruct and Project"):
        ResolveOption("p", "Cast", gluetypes.StringType())
