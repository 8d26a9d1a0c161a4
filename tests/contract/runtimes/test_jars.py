"""Jars come from a repository of Maven's form through real Ivy, over TLS that the machine trusts, and are held to their
hashes. The repository is on this machine.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha1, sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from uv import find_uv_bin

from openglue.clock import SystemClock
from openglue.config import default_cache
from openglue.runtimes import InstallError, Runtime, Runtimes
from openglue.runtimes.jars import MIRROR, Jar, fetch, missing

CONTENT = b"no real jar"
JAR = Jar(organisation="org.example", module="driver", version="1.2", sha256=sha256(CONTENT).hexdigest())
POM = (
    b'<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
    b"<groupId>org.example</groupId><artifactId>driver</artifactId><version>1.2</version>"
    b"<dependencies><dependency><groupId>org.example</groupId><artifactId>not-there</artifactId>"
    b"<version>1</version></dependency></dependencies></project>"
)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the standard library
        pass


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that this machine's owner has made, with its key: what no Java knows of."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a company's own")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("identity") / "identity.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory, identity: Path) -> Iterator[str]:
    root = tmp_path_factory.mktemp("repository")
    folder = root / "org" / "example" / "driver" / "1.2"
    folder.mkdir(parents=True)
    for name, content in (("driver-1.2.jar", CONTENT), ("driver-1.2.pom", POM)):
        (folder / name).write_bytes(content)
        (folder / f"{name}.sha1").write_text(sha1(content).hexdigest())  # noqa: S324 - what Maven's repositories have
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root))) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"https://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    """A runtime that has nothing but Ivy."""
    cache = Path(os.environ.get("OPENGLUE_CACHE") or default_cache())
    usual = Runtimes(cache, Path(find_uv_bin())).install("glue-5.1", lambda _: None)
    assert usual.spark_home is not None
    folder = tmp_path / "spark" / "jars"
    folder.mkdir(parents=True)
    shutil.copy(next((usual.spark_home / "jars").glob("ivy-*.jar")), folder)
    return replace(usual, root=tmp_path, spark_home=tmp_path / "spark")


def get(jar: Jar, runtime: Runtime, **environ: str) -> None:
    assert runtime.java is not None
    with (runtime.root / "lock").open("w") as lock:
        fetch([jar], runtime, runtime.java, {**os.environ, **environ}, SystemClock(), keep=lock.fileno())


def test_a_jar_is_fetched_from_a_mirror_that_the_machine_trusts_without_what_it_depends_on(
    runtime: Runtime, repository: str, identity: Path
):
    lock = runtime.root / "x.jars"
    lock.write_text(f"# sha256 0\norg.example:driver:1.2 --hash=sha256:{JAR.sha256}\n")
    assert missing(runtime, lock) == [JAR]
    get(JAR, runtime, SSL_CERT_FILE=str(identity), **{MIRROR: repository})
    assert missing(runtime, lock) == []
    assert runtime.spark_home is not None
    assert (runtime.spark_home / "jars" / "driver-1.2.jar").read_bytes() == CONTENT
    assert sorted(path.name for path in runtime.root.iterdir()) == ["lock", "spark", "x.jars"], "nothing else is left"


def test_a_jar_with_another_hash_is_not_taken(runtime: Runtime, repository: str, identity: Path):
    with pytest.raises(InstallError, match=r"org\.example:driver:1\.2 .* hash"):
        get(replace(JAR, sha256="0" * 64), runtime, SSL_CERT_FILE=str(identity), **{MIRROR: repository})
    assert runtime.spark_home is not None
    assert not (runtime.spark_home / "jars" / "driver-1.2.jar").exists()


def test_a_repository_that_is_out_of_reach_is_named(runtime: Runtime):
    with pytest.raises(InstallError, match=r"org\.example:driver:1\.2 could not be fetched: .*127\.0\.0\.1:9/"):
        get(JAR, runtime, **{MIRROR: "http://127.0.0.1:9/"})


def test_a_mirror_that_does_not_answer_holds_nobody_who_is_not_to_go_on(runtime: Runtime):
    class EnoughError(Exception):
        pass

    with socket.create_server(("127.0.0.1", 0)) as silent, (runtime.root / "lock").open("w") as lock:
        silent.setblocking(False)

        def go_on() -> None:
            with suppress(BlockingIOError):
                silent.accept()[0].close()
                raise EnoughError

        environ = {**os.environ, MIRROR: f"http://127.0.0.1:{silent.getsockname()[1]}"}
        assert runtime.java is not None
        with pytest.raises(EnoughError):
            fetch([JAR], runtime, runtime.java, environ, SystemClock(), keep=lock.fileno(), go_on=go_on)
        # Whoever still held it would hold this one, too.
        with (runtime.root / "lock").open("w") as again:
            fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
