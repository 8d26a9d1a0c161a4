"""A JDBC driver that no runtime has, for jobs that bring their own. Standard library only: cases of Spark use it."""

from __future__ import annotations

import io
import zipfile


def driver_jar(name: str) -> bytes:
    """A jar with one class, of this name with slashes: PostgreSQL's driver under another name."""

    def text(value: str) -> bytes:
        return b"\x01" + len(value).to_bytes(2, "big") + value.encode()

    pool = [text(name), b"\x07\0\1", text("org/postgresql/Driver"), b"\x07\0\3", text("<init>"), text("()V")]
    pool += [text("Code"), b"\x0c\0\5\0\6", b"\x0a\0\4\0\x08"]
    # public class <2> extends <4> { public <init>() { super(); } }
    body = bytes.fromhex("0021 0002 0004 0000 0000 0001 0001 0005 0006 0001 0007 00000011 0001 0001 00000005")
    body += bytes.fromhex("2a b70009 b1 0000 0000 0000")
    code = bytes.fromhex("cafebabe 0000 0034") + (len(pool) + 1).to_bytes(2, "big") + b"".join(pool) + body
    jar = io.BytesIO()
    with zipfile.ZipFile(jar, "w") as archive:
        archive.writestr(f"{name}.class", code)
    return jar.getvalue()
