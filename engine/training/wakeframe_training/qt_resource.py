"""Read the files inside a compiled Qt resource (`.rcc`), as the Debian package gcompris-qt-data ships them."""

import struct
import zlib

DIRECTORY, COMPRESSED = 2, 1


def read_resource(blob: bytes) -> dict[str, bytes]:
    """All files of a resource: path inside it (starting with '/') -> contents."""
    magic, version, tree, data, names = struct.unpack(">4sIIII", blob[:20])
    if magic != b"qres":
        raise ValueError("not a Qt resource file")
    node_size = 22 if version >= 2 else 14
    files: dict[str, bytes] = {}

    def name_at(offset: int) -> str:
        (length,) = struct.unpack(">H", blob[names + offset : names + offset + 2])
        start = names + offset + 6  # two bytes of length, four of hash
        return blob[start : start + 2 * length].decode("utf-16-be")

    def contents_at(offset: int, flags: int) -> bytes:
        start = data + offset
        (length,) = struct.unpack(">I", blob[start : start + 4])
        raw = blob[start + 4 : start + 4 + length]
        return zlib.decompress(raw[4:]) if flags & COMPRESSED else raw

    def walk(index: int, path: str) -> None:
        node = tree + index * node_size
        name_offset, flags = struct.unpack(">IH", blob[node : node + 6])
        if index:
            path = f"{path}/{name_at(name_offset)}"
        if flags & DIRECTORY:
            count, first = struct.unpack(">II", blob[node + 6 : node + 14])
            for child in range(first, first + count):
                walk(child, path)
        else:
            (offset,) = struct.unpack(">I", blob[node + 10 : node + 14])
            files[path] = contents_at(offset, flags)

    walk(0, "")
    return files
