"""A disk of its own for a test: small, that can be filled, and made read-only."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILLER = "filler"


class Disk:
    """A file system in memory, mounted at a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def leave_free(self, size: int) -> None:
        """Fill the disk but for the whole pages in ``size`` bytes."""
        filler = self.folder / FILLER
        filler.unlink(missing_ok=True)
        space = os.statvfs(self.folder)
        page = b"\0" * space.f_bsize
        with filler.open("wb", buffering=0) as file:
            for _ in range(max(0, space.f_bavail - size // space.f_bsize)):
                file.write(page)

    def empty(self) -> None:
        """Give all space back."""
        (self.folder / FILLER).unlink()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Refuse every change of a file, as root too is refused."""
        _mount("-o", "remount,ro", str(self.folder))
        try:
            yield
        finally:
            _mount("-o", "remount,rw", str(self.folder))


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Disk | None]:
    """Mount a disk at a new folder; yield None where that is not allowed."""
    folder.mkdir()
    try:
        _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    except (subprocess.CalledProcessError, OSError):
        yield None
        return
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        shutil.rmtree(folder)


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)
