import django.contrib.postgres.fields
from django.db import migrations, models

SOURCES = [
    (1, "gfw_integrated_alerts"),
    (2, "umd_glad_landsat_alerts"),
    (3, "umd_glad_sentinel2_alerts"),
    (4, "wur_radd_alerts"),
    (5, "umd_glad_dist_alerts"),
    (6, "gfw_integrated_dist_alerts"),
    (7, "geobosques_weekly"),
    (8, "geobosques_raster"),
    (99, "synthetic_demo"),
]

KEEP = "CREATE TEMPORARY TABLE old_cell ON COMMIT DROP AS SELECT * FROM territory_alertcell"
# A bin is months since 2015 (from bit 21), confidence less one, alerts (19 bits).
SPLIT = """
INSERT INTO territory_alertcell (source, square_year, alerts, confidence, bins)
SELECT source, (node << 7) | (bin >> 21) / 12, sum(bin & 524287),
       max(bin >> 19 & 3) + 1, array_agg(bin ORDER BY bin)
FROM (SELECT source, node, unnest(bins) bin FROM old_cell) bins
GROUP BY 1, 2
"""


class Migration(migrations.Migration):
    """One row a square and year, so that a batch touches its own year alone.

    Going back leaves no squares: `rebuild_alert_cells` counts them anew.
    """

    dependencies = [("territory", "0008_alert_source_names")]

    operations = [
        migrations.RunSQL(KEEP, migrations.RunSQL.noop),
        migrations.DeleteModel("AlertCell"),
        migrations.CreateModel(
            name="AlertCell",
            fields=[
                ("pk", models.CompositePrimaryKey("source", "square_year", blank=True, editable=False, primary_key=True, serialize=False)),
                ("source", models.SmallIntegerField(choices=SOURCES)),
                ("square_year", models.BigIntegerField()),
                ("alerts", models.BigIntegerField()),
                ("confidence", models.IntegerField(help_text="The highest there is.")),
                ("bins", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(alerts__gt=0, confidence__range=(2, 4)), name="alert_cell_not_empty")],
            },
        ),
        migrations.RunSQL(SPLIT, migrations.RunSQL.noop),
    ]
