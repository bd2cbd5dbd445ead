#!/usr/bin/env python3
"""Packs binaries that are built: archives, npm packages, manifests of package managers, and their checksums.

packaging/pack.py BINARIES PAGES OUT

BINARIES has a folder for each target (packaging/targets.json) with the binary, PAGES what `cargo xtask pages` writes. Targets
that are not there are left out and named, with --all that is a mistake. The same input gives the same bytes.
"""

import argparse
import gzip
import hashlib
import io
import json
import string
import sys
import tarfile
import zipfile
from pathlib import Path

from version import ROOT, version

NAME = "bicep-race-lint"
TARGETS = json.loads((ROOT / "packaging/targets.json").read_text())
# All files in archives have the same time: the first day that a zip file can store.
DAY = (1980, 1, 1, 0, 0, 0)


def tar(path, files):
    """Writes a tar.gz: name in it, content, whether it is a program."""
    with path.open("wb") as out, gzip.GzipFile("", "wb", 9, out, mtime=0) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for name, content, is_program in files:
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(content), 0o755 if is_program else 0o644
                archive.addfile(entry, io.BytesIO(content))


def zipped(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content, is_program in files:
            entry = zipfile.ZipInfo(name, DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if is_program else 0o644) << 16
            archive.writestr(entry, content)


def archive(target, binary, pages, out):
    folder = f"{NAME}-{version()}-{target}"
    files = [(f"{folder}/{binary.name}", binary.read_bytes(), True)]
    for name in ["README.md", "CHANGELOG.md", "LICENSE"]:
        files.append((f"{folder}/{name}", (ROOT / name).read_bytes(), False))
    for page in sorted(path for path in pages.rglob("*") if path.is_file()):
        files.append((f"{folder}/{page.relative_to(pages).as_posix()}", page.read_bytes(), False))
    if "windows" in target:
        path = out / f"{folder}.zip"
        zipped(path, files)
    else:
        path = out / f"{folder}.tar.gz"
        tar(path, files)
    return path


def npm_of_platform(npm, binary, out):
    system, processor = npm.split("-")
    words = {"npm": npm, "version": version(), "binary": binary.name, "os": system, "cpu": processor}
    described = string.Template((ROOT / "npm/platform.json").read_text()).substitute(words)
    files = [
        ("package/package.json", described.encode(), False),
        (f"package/{binary.name}", binary.read_bytes(), True),
        ("package/LICENSE", (ROOT / "LICENSE").read_bytes(), False),
    ]
    tar(out / f"{NAME}-{npm}-{version()}.tgz", files)


def npm_of_all(out):
    npm = ROOT / "npm"
    files = [(f"package/{name}", (npm / name).read_bytes(), False) for name in ["package.json", "README.md"]]
    files.append(("package/bin/bicep-race-lint.js", (npm / "bin/bicep-race-lint.js").read_bytes(), True))
    files.append(("package/LICENSE", (ROOT / "LICENSE").read_bytes(), False))
    tar(out / f"{NAME}-{version()}.tgz", files)


def manifests(sums, out):
    """Writes the manifests of package managers: one template, in which a line `=== NAME` begins each file."""
    words = {"version": version()}
    words |= {f"sha256_{target.replace('-', '_')}": digest for target, digest in sums.items()}
    words |= {f"SHA256_{target.replace('-', '_')}": digest.upper() for target, digest in sums.items()}
    text = string.Template((ROOT / "packaging/manifests.template").read_text()).substitute(words)
    for part in text.split("\n=== ")[1:]:
        name, content = part.split("\n", 1)
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.rstrip("\n") + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ["binaries", "pages", "out"]:
        parser.add_argument(name, type=Path)
    parser.add_argument("--all", action="store_true", help="a target that is not there is a mistake")
    arguments = parser.parse_args()
    archives, npm = arguments.out / "archives", arguments.out / "npm"
    for folder in [archives, npm]:
        folder.mkdir(parents=True, exist_ok=True)
    sums, missing = {}, []
    npm_of_all(npm)
    for row in TARGETS:
        target = row["target"]
        binary = arguments.binaries / target / (f"{NAME}.exe" if "windows" in target else NAME)
        if not binary.is_file():
            missing.append(target)
            continue
        path = archive(target, binary, arguments.pages, archives)
        sums[target] = hashlib.sha256(path.read_bytes()).hexdigest()
        if "npm" in row:
            npm_of_platform(row["npm"], binary, npm)
        if "container" in row:
            place = arguments.out / "container" / row["container"]
            place.mkdir(parents=True, exist_ok=True)
            (place / NAME).write_bytes(binary.read_bytes())
            (place / NAME).chmod(0o755)
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(archives.glob(f"{NAME}-*"))]
    (archives / "SHA256SUMS").write_text("".join(lines))
    if missing:
        print(f"left out, not built: {', '.join(missing)}", file=sys.stderr)
        print("no manifests: they name all targets", file=sys.stderr)
        return 1 if arguments.all else 0
    manifests(sums, arguments.out / "manifests")
    return 0


if __name__ == "__main__":
    sys.exit(main())
