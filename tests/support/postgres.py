"""A throwaway PostgreSQL: a cluster of its own, which listens on a socket in its folder alone."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from programs import need

PASSWORD = "quite-secret"


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a running server's database, with its password; the server and its files are gone afterwards."""
    initdb, control = need("initdb"), need("pg_ctl")
    folder = Path(tempfile.mkdtemp(prefix="twoarm-pg-", dir="/tmp"))  # a socket's path must be short
    (folder / "password").write_text(PASSWORD)
    owner = {}
    if os.geteuid() == 0:  # PostgreSQL does not run as root
        owner = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        for path in (folder, folder / "password"):
            shutil.chown(path, "nobody", "nogroup")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"

    def run(*command):
        subprocess.run(command, check=True, capture_output=True, cwd=folder, timeout=120, **owner)

    try:
        run(initdb, "-D", folder / "data", "-U", "study", "-A", "scram-sha-256", "--no-sync", "-E", "UTF8",
            "--locale", "C.UTF-8", "--pwfile", folder / "password")  # fmt: skip
        run(control, "-D", folder / "data", "-o", options, "-l", folder / "log", "-w", "start")
        try:
            yield f"postgresql://study:{PASSWORD}@/postgres?host={folder}"
        finally:
            run(control, "-D", folder / "data", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)
