"""Identifiers that are unique across counties and sort by the time they were made."""

from uuid import UUID

import uuid_utils.compat


def uuid7() -> UUID:
    """A new UUIDv7; within one process each is greater than the one before."""
    return uuid_utils.compat.uuid7()
