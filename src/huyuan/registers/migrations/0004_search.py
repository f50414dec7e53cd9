"""Search through entries (docs/adr/0010-search.md)."""

import django.contrib.postgres.indexes
from django.db import migrations, models

# What a text is found by: every two neighbouring Chinese characters, every run of letters and digits.
# Signs and blanks stand between: ASCII, general punctuation, Chinese punctuation, wide forms.
SIGNS = r"\u0001-\u00bf\u2000-\u206f\u3000-\u303f\uff00-\uffef"
LEXEMES = rf"""
CREATE FUNCTION huyuan_lexemes(said text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000
RETURN (
    SELECT array_to_tsvector(coalesce(array_agg(DISTINCT lexeme), '{{}}'))
    FROM (
        SELECT word[1] AS lexeme FROM regexp_matches(lower(said), '[a-z0-9]+', 'g') AS word
        UNION ALL
        SELECT substr(run[1], at, 2)
        FROM regexp_matches(said, '[^{SIGNS}]{{2,}}', 'g') AS run,
            generate_series(1, length(run[1]) - 1) AS at
    ) AS parts
)
"""

# All lexemes of what was asked for; a word of letters and digits need only begin so. NULL: there are none.
QUERY = r"""
CREATE FUNCTION huyuan_query(asked text) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT string_agg(
        quote_literal(lexeme) || CASE WHEN lexeme ~ '^[a-z0-9]' THEN ':*' ELSE '' END, ' & '
    )::tsquery
    FROM unnest(tsvector_to_array(huyuan_lexemes(asked))) AS lexeme
)
"""

# What the index holds of an entry: its words, and whose it is.
WORDS = r"""
CREATE FUNCTION registers_words(said text, org uuid) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000
RETURN huyuan_lexemes(said) || array_to_tsvector(ARRAY[org::text])
"""

# Runs as the owner, whom `huyuan_search` lets see every entry: under the policies of the application's role
# no index on @@ is used. It gives ids and nothing else; who asks reads the rows under both locks.
#
# Of few organisations the index gives every entry. Of many, a word that is written every day stands in more
# entries than anybody could read: the newest are looked through first, and the index is asked for rare words.
FOUND = r"""
CREATE FUNCTION registers_found(
    asked text[], county int, orgs uuid[], own uuid[], personal uuid[], most int
) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER COST 100000 ROWS 20
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_custom_plan
SET work_mem = '32MB'
AS $$
DECLARE
    words tsquery := huyuan_query(array_to_string(asked, ' '));
    patterns text[] := ARRAY(
        SELECT '%' || regexp_replace(term, '([\\%_])', '\\\1', 'g') || '%' FROM unnest(asked) AS term
    );
    ids uuid[];
BEGIN
    IF words IS NULL THEN
        RETURN;
    END IF;
    IF cardinality(orgs) > 10 THEN
        ids := ARRAY(
            SELECT entry.id
            FROM (
                SELECT * FROM registers_entry
                WHERE county_id = county AND occurred_at IS NOT NULL
                ORDER BY occurred_at DESC LIMIT 10000
            ) AS entry
            WHERE entry.said ILIKE ALL (patterns) AND entry.state <> 'draft'
                AND CASE WHEN entry.form_id = ANY (personal) THEN entry.org_id = ANY (own)
                    ELSE entry.org_id = ANY (orgs) END
            ORDER BY entry.occurred_at DESC, entry.id DESC LIMIT most
        );
        IF cardinality(ids) = most THEN
            RETURN QUERY SELECT unnest(ids);
            RETURN;
        END IF;
    ELSE
        words := words && (
            SELECT string_agg(quote_literal(org), ' | ')::tsquery FROM unnest(orgs || own) AS org
        );
    END IF;
    RETURN QUERY
        SELECT entry.id
        FROM registers_entry AS entry
        WHERE entry.county_id = county AND registers_words(entry.said, entry.org_id) @@ words
            AND entry.said ILIKE ALL (patterns) AND entry.state <> 'draft'
            AND CASE WHEN entry.form_id = ANY (personal) THEN entry.org_id = ANY (own)
                ELSE entry.org_id = ANY (orgs) END
        ORDER BY entry.occurred_at DESC, entry.id DESC LIMIT most;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("registers", "0003_device_time")]

    operations = [
        migrations.AddField(
            "entry", "said", models.TextField(blank=True, default=""), preserve_default=False
        ),
        migrations.RunSQL(LEXEMES, "DROP FUNCTION huyuan_lexemes(text)"),
        migrations.RunSQL(QUERY, "DROP FUNCTION huyuan_query(text)"),
        migrations.RunSQL(WORDS, "DROP FUNCTION registers_words(text, uuid)"),
        migrations.AddIndex(
            "entry",
            django.contrib.postgres.indexes.GinIndex(
                models.Func("said", "org", function="registers_words"), name="registers_entry_said"
            ),
        ),
        migrations.RunSQL(
            "CREATE POLICY huyuan_search ON registers_entry FOR SELECT TO CURRENT_USER USING (true)",
            "DROP POLICY huyuan_search ON registers_entry",
        ),
        migrations.RunSQL(FOUND, "DROP FUNCTION registers_found(text[], int, uuid[], uuid[], uuid[], int)"),
    ]
