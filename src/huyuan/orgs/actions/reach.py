"""Which organisation reaches which: derived from the trees and the liaisons, in one statement."""

from datetime import date

from django.db import connection

# Governments of a town or village, and a town's office for public order, reach what lies in their region, the
# county's reaches everything.
REGION_KINDS = ["town-government", "town-stability-office", "village-committee"]
ROOT_KIND = "county-government"

REBUILD = """
WITH RECURSIVE
org AS (
    SELECT id, kind, parent_id, region_id FROM orgs_organisation WHERE county_id = %(county)s
),
tree(viewer_id, org_id) AS (
    SELECT parent_id, id FROM org WHERE parent_id IS NOT NULL
    UNION
    SELECT tree.viewer_id, org.id FROM tree JOIN org ON org.parent_id = tree.org_id
),
area(region_id, inside_id) AS (
    SELECT id, id FROM orgs_region WHERE county_id = %(county)s
    UNION
    SELECT area.region_id, inner_region.id
    FROM area JOIN orgs_region AS inner_region ON inner_region.parent_id = area.inside_id
),
wanted(viewer_id, org_id, relation) AS (
    SELECT id, id, 'own' FROM org
    UNION
    SELECT viewer_id, org_id, 'below' FROM tree
    UNION
    SELECT root.id, org.id, 'below' FROM org AS root JOIN org ON org.id <> root.id WHERE root.kind = %(root)s
    UNION
    SELECT agency_id, school_id, 'linked' FROM orgs_liaison
    WHERE county_id = %(county)s AND from_day <= %(day)s AND (until IS NULL OR until >= %(day)s)
    UNION
    SELECT government.id, org.id, 'region'
    FROM org AS government
    JOIN area ON area.region_id = government.region_id
    JOIN org ON org.region_id = area.inside_id AND org.id <> government.id
    WHERE government.kind = ANY (%(region_kinds)s)
),
gone AS (
    DELETE FROM orgs_reach AS reach
    WHERE reach.county_id = %(county)s AND NOT EXISTS (
        SELECT FROM wanted
        WHERE (wanted.viewer_id, wanted.org_id, wanted.relation)
            = (reach.viewer_id, reach.org_id, reach.relation)
    )
)
INSERT INTO orgs_reach (county_id, viewer_id, org_id, relation)
SELECT %(county)s, viewer_id, org_id, relation FROM wanted
ON CONFLICT DO NOTHING
"""


def rebuild_reach(county_id: int, day: date) -> None:
    """Bring `orgs_reach` of a county up to the organisations, regions and liaisons as they stand on `day`.

    own: itself; below: the administrative tree (a bureau over its schools, a central school over its
    teaching points, the county's government over all); linked: an agency to the schools whose liaison it
    is, never back; region: a town's or village's government, and a town's office for
    public order, to what lies in it. Run inside `acting`;
    repeating it changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            REBUILD, {"county": county_id, "day": day, "root": ROOT_KIND, "region_kinds": REGION_KINDS}
        )
