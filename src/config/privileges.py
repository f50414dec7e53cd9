"""Root starts the program, an ordinary user runs it.

As root, ``run``, ``serve`` and the commands that write files become the system user ``huyuan`` (else
``nobody``) before they do anything: database, web and worker are all that user's.
"""

import contextlib
import os
import pwd
import subprocess
import sys
from pathlib import Path

from config import postgres

CHECK = "import config.cli"


def drop(state: Path) -> pwd.struct_passwd | None:
    """Become the unprivileged user, who then owns the state directory; who that is.

    None, with nothing changed, when we are not root, when that user cannot read the program or reach the
    directory (a clone under root's home, say), or when the directory holds other things than ours.
    """
    user = postgres.unprivileged_user()
    if user is None or not _can_run(user):
        return None
    postgres.make_state(state)
    if not _reaches(user, state) or not _ours(state):
        return None
    give(state, user)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    # libpq looks for certificates under HOME, which is still root's.
    os.environ |= {"HOME": str(state), "USER": user.pw_name, "LOGNAME": user.pw_name}
    return user


def _ours(state: Path) -> bool:
    """Whoever typed the wrong directory keeps its owners."""
    return postgres.lock_of(state).exists() or not any(state.iterdir())


def give(directory: Path, user: pwd.struct_passwd) -> None:
    """Make the user the owner of a directory and all in it: a command that root ran may have left files."""
    for folder, folders, files in os.walk(directory):
        for name in (".", *folders, *files):
            path = Path(folder, name)
            # A command that runs beside this one may have taken a file away meanwhile.
            with contextlib.suppress(FileNotFoundError):
                if path.lstat().st_uid != user.pw_uid:
                    os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)


def _can_run(user: pwd.struct_passwd) -> bool:
    return _as(user, [sys.executable, "-c", CHECK])


def _reaches(user: pwd.struct_passwd, directory: Path) -> bool:
    return _as(user, ["test", "-x", str(directory.parent)])


def _as(user: pwd.struct_passwd, command: list[str]) -> bool:
    sources = Path(__file__).resolve().parents[1]
    try:
        done = subprocess.run(
            command,
            env={**os.environ, "PYTHONPATH": str(sources)},
            user=user.pw_uid,
            group=user.pw_gid,
            extra_groups=[],
            capture_output=True,
            cwd="/",
        )
    except OSError:
        # The user may not even start it: a Python under root's home.
        return False
    return done.returncode == 0
