"""postgresql:// addresses, as Django's DATABASES wants them."""

from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

# The database of an installation, and its roles: the first owns the tables and migrates, the second runs, the
# third reads everything for the backup.
DATABASE = "huyuan"
OWNER_ROLE = "huyuan_owner"
APP_ROLE = "huyuan_app"
BACKUP_ROLE = "huyuan_backup"


class AddressError(ValueError):
    """A database address that cannot be read; the message says in Chinese what to correct."""


def parse(url: str) -> dict[str, Any]:
    """Turn ``postgresql://user:password@host:port/name?host=/socket/dir&sslmode=require`` into Django's keys.

    ``?host=`` (a directory: a unix socket) wins over the host before the path, as in libpq; every other
    parameter goes to libpq unchanged. Raises AddressError with a Chinese sentence when it is no such address.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise AddressError(
            f"数据库地址应以 postgresql:// 开头，现在是“{parts.scheme or url[:12]}”。请改正 DATABASE_URL。"
        )
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise AddressError(
            "数据库地址里没有库名，应形如 postgresql://用户:密码@主机:5432/库名。请改正 DATABASE_URL。"
        )
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    host = options.pop("host", None) or unquote(parts.hostname or "")
    port = options.pop("port", None) or str(parts.port or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": port,
        "OPTIONS": options,
    }


def socket_url(*, role: str, password: str, directory: str, name: str = DATABASE) -> str:
    """The address of database ``name`` behind the unix socket in ``directory``."""
    who = f"{quote(role)}:{quote(password, safe='')}"
    return f"postgresql://{who}@/{quote(name)}?{urlencode({'host': directory})}"


def with_name(url: str, name: str) -> str:
    """The same server and role, another database."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    # Put together by hand: urllib leaves the slashes out when there is neither user nor host.
    return f"{parts.scheme}://{parts.netloc}/{quote(name)}{query}"
