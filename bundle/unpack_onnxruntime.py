"""Takes the shared library and its licences out of the ONNX Runtime wheel: unpack_onnxruntime.py WHEELS TARGET."""

import os
import sys
import zipfile
from pathlib import Path

WANTED = {
    "onnxruntime/capi/libonnxruntime.so.1.32.0": "libonnxruntime.so.1.32.0",
    "onnxruntime/LICENSE": "LICENSE",
    "onnxruntime/ThirdPartyNotices.txt": "ThirdPartyNotices.txt",
}

wheels, target = Path(sys.argv[1]), Path(sys.argv[2])
(wheel,) = wheels.glob("onnxruntime-*.whl")
target.mkdir(parents=True, exist_ok=True)
# The library last and by rename: where it stands, everything stands.
with zipfile.ZipFile(wheel) as archive:
    for inside, name in sorted(WANTED.items(), key=lambda item: item[0].endswith(".so.1.32.0")):
        beside = target / f".{name}.new"
        with open(beside, "wb") as out:
            out.write(archive.read(inside))
            out.flush()
            os.fsync(out.fileno())
        beside.rename(target / name)
