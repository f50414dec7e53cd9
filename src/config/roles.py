"""The database roles: ``huyuan_owner`` owns the schema and migrates, ``huyuan_app`` runs, ``huyuan_backup``
reads all for the backup.

Row-level security does not bind an owner, a superuser or a BYPASSRLS role: the program refuses to run as one.
"""

import psycopg
from psycopg import sql

from config.database import APP_ROLE, BACKUP_ROLE, DATABASE, OWNER_ROLE, with_name


class PrivilegedRole(RuntimeError):
    """``DATABASE_URL`` connects as a role that row-level security does not bind."""


def bootstrap(
    superuser_url: str,
    *,
    owner_password: str,
    app_password: str,
    backup_password: str = "",
    name: str = DATABASE,
) -> None:
    """Make the roles and the database ``name`` on the server; repeating it sets the passwords again.

    With ``backup_password`` also the role of the backup, which reads everything and changes nothing.

    Tables that the owner makes later are readable and writable for the application, sequences usable;
    a migration takes away what a table must not allow (the trace grants no UPDATE or DELETE).
    """
    with psycopg.connect(superuser_url, autocommit=True) as server:
        for role, password in ((OWNER_ROLE, owner_password), (APP_ROLE, app_password)):
            known = server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
            server.execute(
                sql.SQL(
                    "{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {}"
                ).format(sql.SQL("ALTER" if known else "CREATE"), sql.Identifier(role), sql.Literal(password))
            )
        if backup_password:
            make_backup_role(server, backup_password)
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            server.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(name), sql.Identifier(OWNER_ROLE)
                )
            )
        server.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
        server.execute(
            sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
                sql.Identifier(name), sql.Identifier(APP_ROLE)
            )
        )
        if backup_password:
            server.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                    sql.Identifier(name), sql.Identifier(BACKUP_ROLE)
                )
            )
    with psycopg.connect(with_name(superuser_url, name), autocommit=True) as connection:
        roles = {"owner": sql.Identifier(OWNER_ROLE), "app": sql.Identifier(APP_ROLE)}
        for statement in (
            "ALTER SCHEMA public OWNER TO {owner}",
            "REVOKE ALL ON SCHEMA public FROM PUBLIC",
            "GRANT USAGE ON SCHEMA public TO {app}",
            "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public "
            "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
            "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT USAGE ON SEQUENCES TO {app}",
        ):
            connection.execute(sql.SQL(statement).format(**roles))


def make_backup_role(server: psycopg.Connection, password: str) -> None:
    """FORCE ROW LEVEL SECURITY binds the owner too, so pg_dump needs a role that it does not bind."""
    role = sql.Identifier(BACKUP_ROLE)
    known = server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [BACKUP_ROLE]).fetchone()
    server.execute(
        sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS PASSWORD {}").format(
            sql.SQL("ALTER" if known else "CREATE"), role, sql.Literal(password)
        )
    )
    server.execute(sql.SQL("GRANT pg_read_all_data TO {}").format(role))


PRIVILEGES = """
SELECT current_user,
       rolsuper,
       rolbypassrls,
       EXISTS (
           SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
           WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY (current_schemas(false))
             AND pg_has_role(current_user, c.relowner, 'MEMBER')
       )
FROM pg_roles WHERE rolname = current_user
"""


def refuse_privileged(application_url: str) -> None:
    """Raise PrivilegedRole when the role of this address escapes row-level security."""
    with psycopg.connect(application_url) as connection:
        row = connection.execute(PRIVILEGES).fetchone()
    assert row is not None
    user, superuser, bypass, owner = row
    for escapes, reason in (
        (superuser, "是超级用户"),
        (bypass, "带有 BYPASSRLS 属性"),
        (owner, "是数据表的所有者"),
    ):
        if escapes:
            raise PrivilegedRole(
                f"拒绝启动：DATABASE_URL 用的数据库角色“{user}”{reason}，行级安全对它不起作用。"
                f"请让 DATABASE_URL 使用 {APP_ROLE} 这样的普通角色，把所有者的地址写在 DATABASE_OWNER_URL。"
            )
