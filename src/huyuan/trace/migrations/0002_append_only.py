from django.db import migrations

# Whatever the application's role is called, it may add and read, nothing else. The owner of the tables
# still can: what it alters the chain of seals brings to light.
APPEND_ONLY = """
DO $$
DECLARE grantee_name name;
BEGIN
    FOR grantee_name IN
        SELECT DISTINCT grantee FROM information_schema.role_table_grants
        WHERE table_schema = current_schema() AND table_name IN ('trace_record', 'trace_seal')
          AND grantee <> current_user
    LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON trace_record, trace_seal FROM %I', grantee_name);
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("trace", "0001_initial")]

    operations = [migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop)]
