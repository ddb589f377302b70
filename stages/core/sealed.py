"""``sha256.txt``: what every file of a finished folder was, so that no damage passes unseen.

A flipped bit, a lost line or the same file of another run may be of perfect form. So a folder of
outputs is sealed when its stage completes it, and a file is compared with the seal when a stage
reads it. The form is that of coreutils: ``sha256sum -c sha256.txt`` does the same by hand.
"""

import hashlib
from pathlib import Path

SEAL = "sha256.txt"


def file_sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal_of_folder(folder: Path) -> str:
    """Return the seal of all files below ``folder`` as they are now."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix(): path for path in paths if path.name != SEAL}
    return "".join(f"{file_sha256(path)}  {name}\n" for name, path in names.items())


def find_seal(path: Path) -> Path | None:
    """Return the seal that is to know a file: beside it, or in the folder above; else None."""
    seals = (folder / SEAL for folder in path.parents[:2])
    return next((seal for seal in seals if seal.is_file()), None)


def read_seal(seal: Path) -> dict[str, str]:
    """Return the SHA-256 of each file by its path from the seal's folder."""
    lines = seal.read_text("utf-8", errors="replace").split("\n")
    return {name: known for known, _, name in (line.partition("  ") for line in lines) if name}
