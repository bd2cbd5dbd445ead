#!/usr/bin/env python3
"""Takes the binary out of the one wheel in a folder, so that archives have the very bytes of the wheel.

packaging/from_wheel.py WHEELS BINARIES TARGET
"""

import sys
import zipfile
from pathlib import Path


def main(wheels, binaries, target):
    (wheel,) = Path(wheels).glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if ".data/scripts/" in name)
        path = Path(binaries, target, Path(name).name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(archive.read(name))
    path.chmod(0o755)
    print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
