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
# The seven bits of the year stood behind the square; now before its 35 bits.
MOVE = """
INSERT INTO territory_alertcell (source, year_square, alerts, confidence, bins)
SELECT source, ((square_year & 127) << 35) | (square_year >> 7), alerts, confidence, bins
FROM old_cell ORDER BY 1, 2
"""


class Migration(migrations.Migration):
    """Squares lie year by year, so that a tile reads the years asked for alone.

    Going back leaves no squares: `rebuild_alert_cells` counts them anew.
    """

    dependencies = [("territory", "0010_detection_days")]

    operations = [
        migrations.RunSQL(KEEP, migrations.RunSQL.noop),
        migrations.DeleteModel("AlertCell"),
        migrations.CreateModel(
            name="AlertCell",
            fields=[
                ("pk", models.CompositePrimaryKey("source", "year_square", blank=True, editable=False, primary_key=True, serialize=False)),
                ("source", models.SmallIntegerField(choices=SOURCES)),
                ("year_square", models.BigIntegerField()),
                ("alerts", models.BigIntegerField()),
                ("confidence", models.IntegerField(help_text="The highest there is.")),
                ("bins", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(alerts__gt=0, confidence__range=(2, 4)), name="alert_cell_not_empty")],
            },
        ),
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
    ]
