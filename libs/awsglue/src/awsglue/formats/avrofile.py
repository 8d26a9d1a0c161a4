"""The container of Avro records: a header with the schema, then blocks of records, each compressed by itself and ended
by the file's mark (Avro specification, "Object Container Files"). Knows nothing of Spark or of schemas.
"""

from __future__ import annotations

import bz2
import io
import json
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any

MAGIC = b"Obj\x01"
MARK_SIZE = 16
#: No header or block is larger; a length beyond it is no length.
_MOST = 2**31


class AvroFileError(ValueError):
    """The bytes are no Avro file, or not all of one."""


@dataclass(frozen=True, kw_only=True)
class Header:
    #: The schema, as JSON describes it.
    schema: Any
    codec: str
    mark: bytes


@dataclass(frozen=True, kw_only=True)
class Block:
    #: How many records are in it.
    count: int
    #: The records one after the other, unpacked.
    content: bytes


def read_header(stream: IO[bytes]) -> Header:
    """The header at the beginning of a file; the stream is at the first block then."""
    if stream.read(len(MAGIC)) != MAGIC:
        raise AvroFileError("it does not begin as an Avro file")
    meta: dict[str, bytes] = {}
    while count := _number(stream):
        if count < 0:
            # The size of the entries in bytes follows a negative count.
            _number(stream)
        for _ in range(abs(count)):
            name = _bytes(stream).decode("utf-8", "replace")
            meta[name] = _bytes(stream)
    try:
        schema = json.loads(meta["avro.schema"])
        codec = meta.get("avro.codec", b"null").decode()
    except (KeyError, ValueError) as error:
        raise AvroFileError("its header has no schema") from error
    if codec not in UNPACK:
        raise AvroFileError(f"its codec is {codec!r}, and there are {', '.join(UNPACK)}")
    return Header(schema=schema, codec=codec, mark=_exactly(stream, MARK_SIZE))


def blocks(stream: IO[bytes], header: Header) -> Iterator[Block | AvroFileError]:
    """The blocks that follow the header. One that cannot be unpacked is an error in its place; what comes after a block
    without an end cannot be found, and is one error.
    """
    unpack = UNPACK[header.codec]
    number = 0
    while True:
        first = stream.read(1)
        if not first:
            return
        number += 1
        try:
            count = _number(stream, first)
            content = _bytes(stream)
            mark = _exactly(stream, MARK_SIZE)
        except AvroFileError as error:
            yield AvroFileError(f"block {number} {error}")
            return
        if mark != header.mark:
            yield AvroFileError(f"block {number} does not end where it should; the rest of the file is left out")
            return
        try:
            yield Block(count=count, content=unpack(content))
        except (ValueError, OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            yield AvroFileError(f"block {number} cannot be unpacked: {error}")


def header_bytes(schema: Any, codec: str) -> bytes:
    """A file's header, up to its mark."""
    meta = {"avro.schema": json.dumps(schema).encode(), "avro.codec": codec.encode()}
    entries = b"".join(_packed(name.encode()) + _packed(value) for name, value in meta.items())
    return MAGIC + number_bytes(len(meta)) + entries + b"\x00"


def block_bytes(count: int, content: bytes, codec: str) -> bytes:
    """A block, up to the file's mark."""
    return number_bytes(count) + _packed(PACK[codec](content))


def _packed(content: bytes) -> bytes:
    return number_bytes(len(content)) + content


def number_bytes(number: int) -> bytes:
    """A whole number as Avro has it: zigzag, seven bits in a byte, the lowest first."""
    left = number << 1 if number >= 0 else (-number << 1) - 1
    out = bytearray()
    while left > 0x7F:
        out.append(left & 0x7F | 0x80)
        left >>= 7
    out.append(left)
    return bytes(out)


def _number(stream: IO[bytes], first: bytes = b"") -> int:
    value = shift = 0
    while True:
        byte = (first or _exactly(stream, 1))[0]
        first = b""
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1)
        if shift > 63:
            raise AvroFileError("has a number without an end")


def _bytes(stream: IO[bytes]) -> bytes:
    size = _number(stream)
    if not 0 <= size < _MOST:
        raise AvroFileError("has a length that cannot be")
    return _exactly(stream, size)


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise AvroFileError("ends before it should")
    return data


def _unsnap(content: bytes) -> bytes:
    import pyarrow as pa

    # The length of what was packed comes first, and a checksum of it last.
    body, checksum = content[:-4], content[-4:]
    size = shift = 0
    for byte in body[:5]:
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    data: bytes = pa.decompress(body, size, "snappy", asbytes=True)
    if zlib.crc32(data).to_bytes(4, "big") != checksum:
        raise ValueError("its checksum is wrong")
    return data


def _snap(content: bytes) -> bytes:
    import pyarrow as pa

    packed: bytes = pa.compress(content, "snappy", asbytes=True)
    return packed + zlib.crc32(content).to_bytes(4, "big")


def _deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


def _unzstd(content: bytes) -> bytes:
    import pyarrow as pa

    data: bytes = pa.CompressedInputStream(io.BytesIO(content), "zstd").read()
    return data


#: What blocks can be packed with, by the name in the header.
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "null": bytes,
    "deflate": lambda content: zlib.decompress(content, wbits=-15),
    "snappy": _unsnap,
    "bzip2": bz2.decompress,
    "xz": lzma.decompress,
    "zstandard": _unzstd,
}
#: What they are packed with here.
PACK: dict[str, Callable[[bytes], bytes]] = {
    "null": bytes,
    "deflate": _deflate,
    "snappy": _snap,
    "xz": lzma.compress,
}
