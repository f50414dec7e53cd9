from django.db import migrations

from huyuan.orgs import kept, rls

# What lies where is known to the whole county; who may open it is asked by the permissions.
TABLES = ("venue", "wall", "near", "venuecheck", "checkparty", "checkfile")
# Distances and walls change what rules about the nearest places say, from the first day that they name.
WHOSE = {
    "perimeter_near": "SELECT t.county_id, t.org_id, (t.from_day::timestamp AT TIME ZONE 'Asia/Shanghai')",
    "perimeter_wall": "SELECT t.county_id, t.org_id, (t.from_day::timestamp AT TIME ZONE 'Asia/Shanghai')",
}
ROWS = {
    "insert": ("NEW TABLE AS now_so", "now_so"),
    "update": ("OLD TABLE AS was_so NEW TABLE AS now_so", "(TABLE was_so UNION ALL TABLE now_so)"),
    "delete": ("OLD TABLE AS was_so", "was_so"),
}


def note_changes(table: str, whose: str) -> migrations.RunSQL:
    """Triggers by which `duties` hears whose facts a statement changed, and from when on."""
    return migrations.RunSQL(
        [
            f"CREATE TRIGGER duties_note_{verb} AFTER {verb.upper()} ON {table} REFERENCING {rows}"
            " FOR EACH STATEMENT EXECUTE FUNCTION duties_note_change("
            + "'"
            + f"{whose} FROM {touched} t".replace("'", "''")
            + "')"
            for verb, (rows, touched) in ROWS.items()
        ],
        [f"DROP TRIGGER duties_note_{verb} ON {table}" for verb in ROWS],
    )


class Migration(migrations.Migration):
    dependencies = [
        ("perimeter", "0001_initial"),
        ("duties", "0008_adopters_reach"),
        ("orgs", "0004_revisions"),
    ]

    operations = [
        *(rls.protect_county(f"perimeter_{table}") for table in TABLES),
        kept.watch_library("perimeter_venuekind"),
        *(note_changes(table, whose) for table, whose in WHOSE.items()),
    ]
