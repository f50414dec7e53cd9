"""Which of the two database roles does what."""

from typing import Any


class MigrateAsOwner:
    """``default`` and ``owner`` are one database: only the owner's role may change its schema."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Django's question before every migration."""
        return db == "owner"
