"""Triggers as trees of text."""

from __future__ import annotations

from typing import Any

from openglue.cli.graph import graph, waits_for


def trigger(name: str, *jobs: str, after: str = "", logical: str = "AND", **members: Any) -> dict[str, Any]:
    conditions = [{"JobName": job, "State": "SUCCEEDED"} for job in after.split()]
    return {
        "Name": name,
        "Type": "CONDITIONAL" if after else "ON_DEMAND",
        "State": "ACTIVATED" if after else "CREATED",
        "Actions": [{"JobName": job} for job in jobs],
        **({"Predicate": {"Logical": logical, "Conditions": conditions}} if after else {}),
        **members,
    }


def test_a_chain_is_a_path():
    found = graph(
        [
            trigger("b-c", "c", after="b"),
            trigger("nightly", "a", Type="SCHEDULED", Schedule="cron(0 3 * * ? *)", State="DEACTIVATED"),
            trigger("a-b", "b", after="a"),
        ]
    )
    assert found == [
        "nightly  SCHEDULED  cron(0 3 * * ? *)  DEACTIVATED",
        "└─ a",
        "   └─ a-b  CONDITIONAL  a SUCCEEDED  ACTIVATED",
        "      └─ b",
        "         └─ b-c  CONDITIONAL  b SUCCEEDED  ACTIVATED",
        "            └─ c",
    ]


def test_what_two_ways_lead_to_is_drawn_once():
    found = graph(
        [
            trigger("go", "top"),
            trigger("split", "left", "right", "left", after="top"),
            trigger("join", "end", after="left right"),
        ]
    )
    assert found == [
        "go  ON_DEMAND",
        "└─ top",
        "   └─ split  CONDITIONAL  top SUCCEEDED  ACTIVATED",
        "      ├─ left",
        "      │  └─ join  CONDITIONAL  left SUCCEEDED AND right SUCCEEDED  ACTIVATED",
        "      │     └─ end",
        "      └─ right",
        "         └─ join  (above)",
    ]


def test_a_job_that_no_trigger_starts_is_a_beginning():
    assert graph([trigger("t", "b", after="a"), trigger("u", "c", after="a")]) == [
        "a  started by clients",
        "├─ t  CONDITIONAL  a SUCCEEDED  ACTIVATED",
        "│  └─ b",
        "└─ u  CONDITIONAL  a SUCCEEDED  ACTIVATED",
        "   └─ c",
    ]


def test_a_predicate_is_read_aloud():
    assert waits_for(trigger("t", "x", after="a b", logical="ANY")) == "a SUCCEEDED OR b SUCCEEDED"
    assert waits_for(trigger("t", "x")) == ""
