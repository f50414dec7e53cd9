from django.db import migrations

from huyuan.orgs import rls

# View → what verdicts are made of, and the locked tables that it opens. No names of people, no files.
VIEWS = {
    "duties_fact_proof": (
        """
        SELECT org_id, id, act_id, act, subject_id, quals, joint, occurred_at, recorded_at, confirmed_at,
               names_period, people, single_handed, answers, voided_at
          FROM duties_proof WHERE {county}
        """,
        ("duties_proof",),
    ),
    "duties_fact_measurement": (
        """
        SELECT org_id, measure, subject_id, from_day, value, delta, recorded_at, voided_at
          FROM duties_measurement WHERE {county}
        """,
        ("duties_measurement",),
    ),
    "duties_fact_presence": (
        """
        SELECT org_id, person, point, qualified, starts_at, ends_at, recorded_at, planned, voided_at
          FROM duties_presence WHERE {county}
        """,
        ("duties_presence",),
    ),
    "duties_fact_event": (
        """
        SELECT org_id, id, event, subject_id, quals, occurred_at, known_at, about, assigned_at, ended_at,
               end_reason, voided_at,
               (SELECT json_object_agg(qual, at) FROM duties_learned WHERE event_id = event.id) AS learned,
               (SELECT json_agg(json_build_array(rule_key, due_at, given_at) ORDER BY given_at)
                  FROM duties_extension WHERE event_id = event.id) AS moved
          FROM duties_event AS event WHERE {county}
        """,
        ("duties_event", "duties_learned", "duties_extension"),
    ),
    "duties_fact_waiver": (
        """
        SELECT org_id, adoption_id, rule_key, from_day, until, given_at, reason
          FROM duties_waiver WHERE {county}
        """,
        ("duties_waiver",),
    ),
    "duties_fact_certificate": (
        """
        SELECT post.org_id, post.kind AS post_kind, appointment.person_id, appointment.from_day,
               appointment.until, person.left AS person_left, certificate.kind,
               certificate.from_day AS valid_from, certificate.until AS valid_until
          FROM orgs_appointment AS appointment
          JOIN orgs_post AS post ON post.id = appointment.post_id
          JOIN orgs_person AS person ON person.id = appointment.person_id
          JOIN (SELECT * FROM orgs_certificate WHERE {county}) AS certificate
            ON certificate.person_id = person.id
        """,
        ("orgs_person", "orgs_certificate"),
    ),
    "duties_fact_filing": (
        """
        SELECT org_id, (SELECT key FROM registers_form WHERE id = form_id) AS form, submitted_at
          FROM registers_entry WHERE {county} AND state IN ('submitted', 'confirmed')
        """,
        ("registers_entry",),
    ),
    "duties_fact_policy": (
        "SELECT org_id, kind, version, from_day, withdrawn_on FROM papers_policy WHERE {county}",
        ("papers_policy",),
    ),
}


class Migration(migrations.Migration):
    dependencies = [
        ("duties", "0006_revisions"),
        ("papers", "0005_revisions"),
        ("registers", "0006_revisions"),
    ]

    operations = [rls.fact_view(view, select, *locked) for view, (select, locked) in VIEWS.items()]
