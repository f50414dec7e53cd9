"""An adopter that is not of the county itself names nobody beyond its reach."""

from django.db import migrations

CHECK = """
CREATE FUNCTION duties_adoption_only_reach() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF NOT EXISTS (
    SELECT FROM duties_adoption adoption
      JOIN orgs_organisation adopter ON adopter.id = adoption.org_id
      JOIN orgs_region region ON region.id = adopter.region_id
     WHERE adoption.id = NEW.adoption_id
       AND (region.kind = 'county' OR EXISTS (
             SELECT FROM orgs_reach reach
              WHERE reach.viewer_id = adopter.id AND reach.org_id = NEW.organisation_id
                AND reach.relation IN ('own', 'below', 'region')))
  ) THEN
    RAISE EXCEPTION 'duties_adoption_only_reach'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'duties_adoption_only_reach';
  END IF;
  RETURN NEW;
END $body$;
CREATE TRIGGER duties_adoption_only_reach BEFORE INSERT OR UPDATE ON duties_adoption_only
  FOR EACH ROW EXECUTE FUNCTION duties_adoption_only_reach()
"""
UNDO = """
DROP TRIGGER duties_adoption_only_reach ON duties_adoption_only;
DROP FUNCTION duties_adoption_only_reach()
"""


class Migration(migrations.Migration):
    dependencies = [("duties", "0006_what_changed"), ("orgs", "0006_place_position")]

    operations = [migrations.RunSQL(CHECK, UNDO)]
