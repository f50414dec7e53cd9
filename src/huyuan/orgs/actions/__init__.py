"""Every write of this package: verbs on organisations, people, the county's calendar, and the reach between
them."""

from huyuan.orgs.actions.calendar import clear_day, remove_term, seed_holidays, set_day, set_term
from huyuan.orgs.actions.organisations import (
    add_class,
    add_place,
    add_region,
    alter_class,
    alter_organisation,
    alter_place,
    create_organisation,
    link,
    remove_bell,
    set_attribute,
    set_bell,
    unlink,
)
from huyuan.orgs.actions.people import (
    add_certificate,
    add_person,
    appoint,
    change_own_password,
    create_post,
    end_appointment,
    open_account,
    person_leaves,
    rename_person,
    set_password,
)
from huyuan.orgs.actions.reach import rebuild_reach

__all__ = [
    "add_certificate",
    "add_class",
    "add_person",
    "add_place",
    "add_region",
    "alter_class",
    "alter_organisation",
    "alter_place",
    "appoint",
    "change_own_password",
    "clear_day",
    "create_organisation",
    "create_post",
    "end_appointment",
    "link",
    "open_account",
    "person_leaves",
    "rebuild_reach",
    "remove_bell",
    "remove_term",
    "rename_person",
    "seed_holidays",
    "set_attribute",
    "set_bell",
    "set_day",
    "set_password",
    "set_term",
    "unlink",
]
