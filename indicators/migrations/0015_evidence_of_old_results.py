from django.db import migrations

# Values had no evidence yet but the loads that brought them (indicators/evidence/level).
FORWARDS = """
UPDATE indicators_source SET is_official = true
WHERE code IN ('geobosques_loss', 'midagri_sisagri', 'midagri_regional');
UPDATE indicators_progressresult r SET evidence_level = (
    SELECT min(CASE WHEN v.load_id IS NULL THEN 0
                    WHEN s.is_official AND v.kind = 'measured' THEN 4 ELSE 3 END)
    FROM indicators_yearlyvalue v
    LEFT JOIN indicators_load l ON l.id = v.load_id
    LEFT JOIN indicators_source s ON s.id = l.source_id
    WHERE v.id IN (SELECT jsonb_array_elements_text(r.value_ids)::bigint)
);
"""


class Migration(migrations.Migration):
    dependencies = [("indicators", "0014_evidence")]

    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
