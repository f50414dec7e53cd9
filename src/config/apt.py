"""What the tests need from Debian, each with the file that shows that it is there."""

import os
import shutil
import subprocess
from pathlib import Path

CHROMIUM = "/usr/bin/chromium"
POSTGRESQL_15 = Path("/usr/lib/postgresql/15/bin")
SHOWN_BY = {
    "chromium": Path(CHROMIUM),
    "fonts-noto-cjk": Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    "postgresql-15": POSTGRESQL_15 / "postgres",
}


class AptMissing(RuntimeError):
    """A Debian package is missing; the message is the line to type."""


def require(*packages: str) -> None:
    """Install what is missing when we may (as root with apt), else raise AptMissing."""
    missing = [package for package in packages if not SHOWN_BY[package].exists()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"[护园] 正在用 apt 安装 {' '.join(missing)}……", flush=True)
        # Run level 1 keeps the packages from starting services.
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        subprocess.run(["apt-get", "update", "-qq"], env=quiet)
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
        subprocess.run(install, env=quiet, stdout=subprocess.DEVNULL)
        missing = [package for package in missing if not SHOWN_BY[package].exists()]
    if missing:
        raise AptMissing(f"缺少 {'、'.join(missing)}，请先运行：sudo apt-get install -y {' '.join(missing)}")
