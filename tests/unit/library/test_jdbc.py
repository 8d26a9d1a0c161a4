"""URLs, options and SQL of databases, without a database."""

from __future__ import annotations

from typing import Any

import pytest

from awsglue.connections.jdbc import url as urls
from awsglue.connections.jdbc.access import Access, resolve
from awsglue.connections.jdbc.bookmark import Keys
from awsglue.connections.jdbc.databases import DATABASES, UNKNOWN, of_url
from awsglue.connections.jdbc.failure import without_secrets
from awsglue.connections.jdbc.options import OPTIONS
from awsglue.connections.jdbc.relation import parted
from awsglue.connections.jdbc.statements import statements
from awsglue.gluetypes import Field, LongType, StringType
from awsglue.options import OptionError, check


def access(connection_type: str = "postgresql", **options: Any) -> Access:
    return resolve(connection_type, check(options, OPTIONS, what="jdbc", use="read"))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("jdbc:postgresql://h:1/db", "jdbc:postgresql://h:1/db"),
        (
            "jdbc:postgresql://h/db?user=u&password=p%20q&ssl=true",
            "jdbc:postgresql://h/db?user=u&password=***&ssl=true",
        ),
        ("jdbc:sqlserver://h;user=u;Password=p;encrypt=true", "jdbc:sqlserver://h;user=u;Password=***;encrypt=true"),
        ("jdbc:mysql://u:p@h/db", "jdbc:mysql://***@h/db"),
        ("jdbc:mysql://u:p@x@h/db?a=b@c", "jdbc:mysql://***@h/db?a=b@c"),
        ("jdbc:oracle:thin:@//h:1521/s", "jdbc:oracle:thin:@//h:1521/s"),
        ("jdbc:oracle:thin:u/p@//h:1521/s", "jdbc:oracle:thin:***@//h:1521/s"),
        ("jdbc:mysql://(host=h,password=p)/db", "jdbc:mysql://(host=h,password=***)/db"),
        (
            "jdbc:postgresql://h/db?sslpassword=p&trustStorePassword=q",
            "jdbc:postgresql://h/db?sslpassword=***&trustStorePassword=***",
        ),
    ],
)
def test_a_url_is_shown_without_secrets(url: str, shown: str):
    assert urls.shown(url) == shown


def test_a_message_is_told_without_the_password_wherever_it_stands():
    reached = access(url="jdbc:postgresql://h/db?password=in-url", user="clerk", password="a.b", dbtable="t")
    assert (
        without_secrets(f"cannot open {reached.url} with a.b, not with xa.bx", reached)
        == "cannot open jdbc:postgresql://h/db?password=*** with ***, not with xa.bx"
    )
    assert "a.b" not in repr(reached)
    assert "in-url" not in repr(reached)


@pytest.mark.parametrize(
    ("url", "server", "other"),
    [
        ("jdbc:postgresql://h:1/db?ssl=true", "jdbc:postgresql://h:1", "jdbc:postgresql://h:1/x?ssl=true"),
        ("jdbc:mysql://h", "jdbc:mysql://h", "jdbc:mysql://h/x"),
        (
            "jdbc:sqlserver://h:1;databaseName=db;encrypt=true",
            "jdbc:sqlserver://h:1",
            "jdbc:sqlserver://h:1;encrypt=true;databaseName=x",
        ),
        ("jdbc:oracle:thin:@//h:1/service", "jdbc:oracle:thin:@//h:1/service", None),
        ("jdbc:derby:memory:db", "jdbc:derby:memory:db", None),
    ],
)
def test_a_url_gives_its_server_and_takes_another_database(url: str, server: str, other: str | None):
    assert urls.server(url) == server
    if other is None:
        with pytest.raises(OptionError, match="database cannot be put into the url"):
            urls.with_database(url, "x")
    else:
        assert urls.with_database(url, "x") == other


def test_options_prevail_over_what_a_database_has_by_itself():
    reached = access(url="jdbc:postgresql://h/db", username="clerk", driver="own.Driver", database="x", dbtable="t")
    assert (reached.driver, reached.user, reached.url) == ("own.Driver", "clerk", "jdbc:postgresql://h/x")
    assert (
        access("custom.jdbc", url="jdbc:derby:memory:db", dbtable="t").driver == "org.apache.derby.jdbc.EmbeddedDriver"
    )
    assert "password" not in reached.options()
    assert of_url("JDBC:MySQL://h").name == "mysql"
    assert of_url("jdbc:h2:mem:x") is UNKNOWN


@pytest.mark.parametrize("database", DATABASES, ids=lambda database: database.name)
def test_divisions_are_as_many_as_asked_for_and_the_first_has_what_has_no_value(database: Any):
    conditions = parted("v", database.whole.format(value="v"), database, 3)
    assert len(conditions) == 3
    assert conditions[0].endswith("= 0 OR v IS NULL")
    assert [condition[-3:] for condition in conditions[1:]] == ["= 1", "= 2"]
    assert all("{" not in condition for condition in conditions)
    assert parted("v", "v", database, 1) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" ; ;", []),
        ("a; b ;c", ["a", "b", "c"]),
        ("insert into t values (';', 'it''s;')", ["insert into t values (';', 'it''s;')"]),
        ('a "x;""y"; `b;`', ['a "x;""y"', "`b;`"]),
        ("a -- no; end\n; /* b; */ c", ["a -- no; end", "/* b; */ c"]),
        ("do $x$ begin; 'end; $x$; b", ["do $x$ begin; 'end; $x$", "b"]),
        ("it's; open", ["it's", "open"]),
    ],
)
def test_semicolons_divide_statements_outside_of_quotes_and_comments(text: str, found: list[str]):
    assert statements(text) == found


def test_a_backslash_before_a_quote_means_what_the_database_says():
    text = r"a 'x\'; b 'y'"
    assert statements(text) == [r"a 'x\'", "b 'y'"]
    assert statements(text, escapes=True) == [text]


def keys(*fields: Field, descending: bool = False, database: str = "postgresql") -> Keys:
    kind = next(one for one in DATABASES if one.name == database)
    return Keys(fields=fields, descending=descending, database=kind)


def test_several_keys_are_compared_one_after_the_other():
    both = keys(Field("Day", StringType()), Field("id", LongType()))
    assert both.beyond(["o'x\\", "7"]) == """("Day" > 'o''x\\') OR ("Day" = 'o''x\\' AND "id" > 7)"""
    assert both.until(["x", "7"]) == """("Day" < 'x') OR ("Day" = 'x' AND "id" <= 7)"""
    assert both.newest("t", ["a", "b"]) == (
        'SELECT "Day", "id" FROM t WHERE (a) AND (b) ORDER BY "Day" DESC, "id" DESC FETCH FIRST 1 ROWS ONLY'
    )


def test_a_key_that_is_named_twice_is_refused():
    field = Field("id", LongType())
    with pytest.raises(OptionError, match="jobBookmarkKeys: id is named twice"):
        keys(field, field)


def test_falling_keys_are_compared_the_other_way_round():
    falling = keys(Field("id", LongType()), descending=True, database="mysql")
    assert (falling.beyond(["-7"]), falling.until(["-9"])) == ("(`id` < -7)", "(`id` >= -9)")
    assert falling.newest("t", []) == "SELECT `id` FROM t ORDER BY `id` ASC LIMIT 1"
    assert keys(Field("s", StringType()), database="mysql").beyond(["a\\"]) == "(`s` > 'a\\\\')"


@pytest.mark.parametrize("database", DATABASES, ids=lambda database: database.name)
def test_no_database_is_asked_for_a_first_row_without_an_order(database: Any):
    """SQL Server has OFFSET and FETCH only after ORDER BY."""
    one = keys(Field("id", LongType()), database=database.name)
    column, first = database.quoted("id"), database.first
    assert one.newest("t", []).endswith(f" FROM t ORDER BY {column} DESC {first}")
    assert one.any_without("t", ["a"]).endswith(f" WHERE (a) AND ({column} IS NULL) ORDER BY {column} {first}")


@pytest.mark.parametrize("name", ["url", "password", "secretId"])
def test_an_option_that_may_hold_a_secret_is_refused_without_being_shown(name: str):
    with pytest.raises(OptionError) as refused:
        check({name: ["99887766"]}, OPTIONS, what="jdbc", use="read")
    assert str(refused.value) == f"jdbc option {name}: *** will not do, it must be text"
