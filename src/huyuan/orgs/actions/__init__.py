"""Every write of this package: verbs on organisations, people, the county's calendar, and the reach between
them."""

from huyuan.orgs.actions.accounts import (
    Opening,
    Slip,
    close_account,
    issue_slips,
    open_accounts,
    reopen_account,
    reset_second_factor,
    set_phone,
)
from huyuan.orgs.actions.calendar import clear_day, remove_term, seed_holidays, set_day, set_term
from huyuan.orgs.actions.founding import Founding, found_county
from huyuan.orgs.actions.organisations import (
    add_class,
    add_place,
    add_region,
    alter_class,
    alter_organisation,
    alter_place,
    create_organisation,
    link,
    locate_place,
    remove_bell,
    set_attribute,
    set_bell,
    unlink,
)
from huyuan.orgs.actions.people import (
    add_certificate,
    add_person,
    appoint,
    close_accounts_of_leavers,
    create_post,
    end_appointment,
    person_leaves,
    person_moves,
    rename_person,
)
from huyuan.orgs.actions.reach import rebuild_reach
from huyuan.orgs.actions.signing_in import change_own_password
from huyuan.orgs.actions.tables import bring_in_table, discard_table, receive_table
from huyuan.orgs.actions.turning import Step, merge_organisation, move_classes_up

__all__ = [
    "Founding",
    "Opening",
    "Slip",
    "Step",
    "add_certificate",
    "add_class",
    "add_person",
    "add_place",
    "add_region",
    "alter_class",
    "alter_organisation",
    "alter_place",
    "appoint",
    "bring_in_table",
    "change_own_password",
    "clear_day",
    "close_account",
    "close_accounts_of_leavers",
    "create_organisation",
    "create_post",
    "discard_table",
    "end_appointment",
    "found_county",
    "issue_slips",
    "link",
    "locate_place",
    "merge_organisation",
    "move_classes_up",
    "open_accounts",
    "person_leaves",
    "person_moves",
    "rebuild_reach",
    "receive_table",
    "remove_bell",
    "remove_term",
    "rename_person",
    "reopen_account",
    "reset_second_factor",
    "seed_holidays",
    "set_attribute",
    "set_bell",
    "set_day",
    "set_phone",
    "set_term",
    "unlink",
]
