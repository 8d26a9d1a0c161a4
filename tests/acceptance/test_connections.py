"""What the library makes of connections of the Data Catalog: a real service, and Moto's server as Secrets Manager."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from awsglue.connections.jdbc import conf, connection_type_of
from awsglue.connections.jdbc.access import Access, resolve
from awsglue.connections.jdbc.options import OPTIONS
from awsglue.options import OptionError, check

URL = "jdbc:postgresql://127.0.0.1:5432/shop?ApplicationName=till"


@pytest.fixture
def connect(openglue: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Make a connection of these properties, in the environment that a run has; answers its name."""
    for name, value in {
        "AWS_ENDPOINT_URL": openglue.url,
        "AWS_ACCESS_KEY_ID": "run",
        "AWS_SECRET_ACCESS_KEY": "run",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    glue, made = openglue.client("glue"), []

    def connect(**properties: str) -> str:
        name = f"connection-{len(made)}"
        glue.create_connection(
            ConnectionInput={"Name": name, "ConnectionType": "JDBC", "ConnectionProperties": properties}
        )
        made.append(name)
        return name

    yield connect
    for name in made:
        glue.delete_connection(ConnectionName=name)


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "run")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "run")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    yield boto3.client("secretsmanager")
    server.stop()


def access(connection_type: str = "postgresql", **options: Any) -> Access:
    return resolve(connection_type, check({"dbtable": "t", **options}, OPTIONS, what="jdbc", use="read"))


def test_a_connection_says_where_and_who_and_options_prevail(connect: Callable[..., str]):
    name = connect(JDBC_CONNECTION_URL=URL, USERNAME="clerk", PASSWORD="pen", JDBC_DRIVER_CLASS_NAME="own.Driver")
    reached = access(connectionName=name, useConnectionProperties="true")
    assert (reached.url, reached.user, reached.password, reached.driver) == (URL, "clerk", "pen", "own.Driver")
    reached = access(connectionName=name, user="boss", database="books", className="org.postgresql.Driver")
    assert (reached.url, reached.user) == (URL.replace("/shop", "/books"), "boss")
    assert reached.driver == "org.postgresql.Driver"
    # Beside a url it names the network alone, and is not asked for.
    assert access(connectionName="not there", url="jdbc:postgresql://other/db").url == "jdbc:postgresql://other/db"
    assert connection_type_of(name) == "postgresql"


def test_a_connection_may_be_told_in_parts(connect: Callable[..., str]):
    name = connect(HOST="db", PORT="3306", JDBC_ENGINE="mysql", USERNAME="clerk", PASSWORD="pen")
    told = conf(name)
    assert (told["url"], told["fullUrl"], told["vendor"]) == ("jdbc:mysql://db:3306", "jdbc:mysql://db:3306", "mysql")


def test_a_connection_that_is_not_there_is_named(connect: Callable[..., str]):
    with pytest.raises(OptionError, match=r"connection 'nowhere' cannot be read: .*Connection nowhere not found"):
        access(connectionName="nowhere", useConnectionProperties=True)


def test_a_connection_needs_somebody_to_ask(connect: Callable[..., str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(OptionError, match="connection 'shop' cannot be read: You must specify a region"):
        access(connectionName="shop", useConnectionProperties=True)


def test_a_connection_of_another_database_is_refused(connect: Callable[..., str]):
    name = connect(JDBC_CONNECTION_URL=URL, USERNAME="clerk", PASSWORD="pen")
    with pytest.raises(OptionError, match="url of a mysql connection begins with jdbc:mysql:"):
        access("mysql", connectionName=name)


def test_an_encrypted_connection_is_enforced_or_refused(connect: Callable[..., str]):
    login = {"USERNAME": "clerk", "PASSWORD": "pen", "JDBC_ENFORCE_SSL": "TRUE"}
    name = connect(JDBC_CONNECTION_URL=URL, **login)
    assert access(connectionName=name).options()["sslmode"] == "verify-full"
    assert conf(name)["enforceSSL"] == "true"
    name = connect(JDBC_CONNECTION_URL="jdbc:mysql://db/shop", **login)
    assert access("mysql", connectionName=name).options()["sslMode"] == "VERIFY_IDENTITY"
    name = connect(JDBC_CONNECTION_URL="jdbc:oracle:thin:@//db/shop", **login)
    with pytest.raises(NotImplementedError, match=f"JDBC_ENFORCE_SSL of the connection {name}"):
        access("oracle", connectionName=name)
    name = connect(JDBC_CONNECTION_URL=URL, CUSTOM_JDBC_CERT="s3://certs/x.pem", **login)
    with pytest.raises(NotImplementedError, match=f"CUSTOM_JDBC_CERT of the connection {name}"):
        access(connectionName=name)


def test_a_login_comes_from_a_secret(connect: Callable[..., str], secrets: Any):
    secrets.create_secret(Name="shop", SecretString=json.dumps({"username": "clerk", "password": "from a secret"}))
    name = connect(JDBC_CONNECTION_URL=URL, SECRET_ID="shop")
    assert (conf(name)["user"], conf(name)["password"]) == ("clerk", "from a secret")
    reached = access(url=URL, secretId="shop", user="ignored")
    assert (reached.user, reached.password) == ("clerk", "from a secret")


def test_a_secret_that_cannot_be_used_is_named_and_not_shown(connect: Callable[..., str], secrets: Any):
    secrets.create_secret(Name="no-json", SecretString="a-5ecret")
    with pytest.raises(OptionError, match="secretId: the secret 'no-json' is no JSON object") as caught:
        access(url=URL, secretId="no-json")
    assert "5ecret" not in str(caught.value)
    with pytest.raises(
        OptionError, match=r"SECRET_ID of the connection .* 'missing' cannot be read: .*ResourceNotFound"
    ):
        access(connectionName=connect(JDBC_CONNECTION_URL=URL, SECRET_ID="missing"))


def test_a_secret_without_a_route_is_told_how_to_get_one(connect: Callable[..., str]):
    wanted = re.escape("OPENGLUE_ROUTES=secretsmanager=aws")
    with pytest.raises(OptionError, match=f"secretId: the secret 'shop' cannot be read: .*{wanted}"):
        access(url=URL, secretId="shop")
