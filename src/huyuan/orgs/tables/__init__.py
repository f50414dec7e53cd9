"""The county as tables, in and out: every table can be downloaded empty or with what is there, filled in or
corrected, and brought in again. What is brought in twice changes nothing the second time."""

from huyuan.orgs.tables.belongings import BELLS, CLASSES, FACTS, LIAISONS, PLACES
from huyuan.orgs.tables.organisations import ORGANISATIONS, REGIONS
from huyuan.orgs.tables.people import PEOPLE, POSTS
from huyuan.orgs.tables.plan import Change, Plan, Table
from huyuan.orgs.tables.scene import Scene

__all__ = ["OWN", "TABLES", "Change", "Plan", "Scene", "Table"]

# In the order in which a new county brings them in. Packages above add theirs in `AppConfig.ready()`.
OWN = (REGIONS, ORGANISATIONS, FACTS, PLACES, BELLS, CLASSES, PEOPLE, POSTS, LIAISONS)
TABLES = {table.key: table for table in OWN}
