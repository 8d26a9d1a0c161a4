"""One call of a webhook, whatever its receiver does."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.faults.hook import Hook

from openglue.scheduler.receiver import Receiver, Verdict


@pytest.mark.parametrize("drip", [b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1000, b""])
def test_a_receiver_that_drips_does_not_hold_a_call(drip: bytes) -> None:
    """An answer of which a byte comes now and then, or none."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                for byte in drip:
                    if done.wait(0.05):
                        return
                    try:
                        connection.sendall(bytes([byte]))
                    except OSError:
                        return
                done.wait(60)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        answer = Receiver(f"http://127.0.0.1:{listener.getsockname()[1]}/", 0.3).post(b"{}")
        done.set()
        thread.join(30)
    assert answer.verdict is Verdict.FAILED


def test_nobody_is_called_after_the_end() -> None:
    hook = Hook()
    receiver = Receiver(hook.url, 5)
    receiver.shut()
    assert receiver.post(b"{}").verdict is Verdict.UNREACHED
    receiver.close()
    hook.go()
    assert hook.calls == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 with its key, by nobody whom anybody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "receiver")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(subject_name=name, issuer_name=name, public_key=key.public_key(), serial_number=1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


def test_https_is_called_only_where_its_certificate_is_trusted(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    hook = Hook(context)
    try:
        url = hook.url.replace("https://", "https://us%20er:pass@")
        stranger = Receiver(url, 5)
        assert stranger.post(b"{}").verdict is Verdict.UNREACHED
        assert hook.calls == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        friend = Receiver(url, 5)
        assert [friend.post(b"{}").verdict for _ in range(2)] == [Verdict.DELIVERED] * 2
        friend.close()
        assert hook.calls[0]["Authorization"] == "Basic dXMgZXI6cGFzcw=="
    finally:
        hook.go()
