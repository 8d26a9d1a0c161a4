"""The examples run as they are, on their own data."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

from .lake import Lake, printed, same

EXAMPLES = Path(__file__).parents[3] / "examples"


def _run(lake: Lake, name: str) -> str:
    for file in (EXAMPLES / name / "data").iterdir():
        lake.put(f"in/{file.name}", file.read_bytes())
    before = sys.argv
    sys.argv = ["script.py", "--JOB_NAME", name, "--source", lake.uri("in"), "--target", lake.uri("out")]
    try:
        return printed(lambda: runpy.run_path(str(EXAMPLES / name / f"{name}_job.py"), run_name="__main__"))
    finally:
        sys.argv = before


def legislators_are_joined_and_made_flat(lake: Lake) -> None:
    out = _run(lake, "legislators")
    assert out.startswith("4 memberships\nroot\n"), out
    same(
        [line for line in out.splitlines() if " rows of " in line],
        [
            (
                "history: 4 rows of id, family_name, given_name, birth_date, gender, links, images, contact_details,"
                " other_names, organization_name, classification, seats, identifiers, image, role, start_date, end_date"
            ),
            "history_contact_details: 5 rows of id, index, contact_details.val.type, contact_details.val.value",
            "history_identifiers: 4 rows of id, index, identifiers.val.scheme, identifiers.val.identifier",
            "history_images: 3 rows of id, index, images.val.url",
            "history_links: 3 rows of id, index, links.val.note, links.val.url",
            "history_other_names: 4 rows of id, index, other_names.val.lang, other_names.val.name",
        ],
    )
    houses = lake.spark.read.parquet(lake.uri("out/history"))
    same(
        sorted((row.given_name, row.organization_name) for row in houses.collect()),
        [("Ada", "House"), ("Ada", "Senate"), ("Ben", "House"), ("Clara", "Senate")],
    )
    flat = lake.read("out/tables/history_contact_details", "csv", {"withHeader": True}).toDF()
    same(flat.where("`contact_details.val.type` = 'fax'").count(), 2)


def providers_are_typed_filtered_and_nested(lake: Lake) -> None:
    out = _run(lake, "providers")
    assert "|-- provider id: choice\n|    |-- int\n|    |-- string\n" in out, out
    assert "1 providers without an id\n1 records could not be computed:\n" in out, out
    assert '"msg": "\'discharges\'"' in out, out
    assert "|-- charges: struct\n|    |-- covered: double\n|    |-- paid: decimal(10,2)\n" in out, out
    rows = [json.loads(line) for line in lake.text("out/west_and_south").splitlines()]
    same(
        sorted((row["provider"]["name"], row["charges"].get("paid")) for row in rows),
        [("Marshall Center", 5787.57), ("Sacramento General", 10072.75), ("South Hospital", 5777.24)],
    )
    same(
        rows[0]["provider"],
        {"id": 10001, "name": "South Hospital", "zip": "36301", "lines": ["1 Ross Circle", "Dothan, AL"]},
    )


def friends_become_tables_and_are_found_again(lake: Lake) -> None:
    """Case D15 of awsglue 3, with a list in the list."""
    out = _run(lake, "friends")
    same(
        [line for line in out.splitlines() if " rows of " in line],
        [
            "people: 4 rows of name, home_city, home_since, friends",
            "people_friends: 5 rows of id, index, friends_name, friends_age, friends_talks",
            "people_friends.val.talks: 7 rows of id, index, friends_talks_val",
        ],
    )
    same(
        lake.text("out/tables/people").splitlines()[1:],
        ["Nora,Oslo,2019,1", "Stephan,Bonn,2021,2", "Nathan,Lima,,3", "Otto,Rome,2020,4"],
    )
    same(
        sorted(
            json.loads(line)["person"] + " " + json.loads(line)["language"]
            for line in lake.text("out/languages").splitlines()
        ),
        ["Nathan en", "Nathan es", "Nathan ko", "Nora en", "Nora no"],
    )
