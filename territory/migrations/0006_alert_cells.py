import django.contrib.postgres.fields
from django.db import migrations, models

SOURCES = [
    (1, "gfw_integrated_alerts"),
    (2, "umd_glad_landsat_alerts"),
    (3, "umd_glad_sentinel2_alerts"),
    (4, "wur_radd_alerts"),
    (5, "umd_glad_dist_alerts"),
    (6, "gfw_integrated_dist_alerts"),
    (99, "synthetic_demo"),
]


class Migration(migrations.Migration):
    """What map tiles read, and a number for the demo's made-up alerts.

    A database that holds alerts already needs `rebuild_alert_cells` once.
    """

    dependencies = [("territory", "0005_zones_and_days")]

    operations = [
        migrations.AlterField("forestalert", "source", models.SmallIntegerField(choices=SOURCES)),
        migrations.AlterField("alertday", "source", models.SmallIntegerField(choices=SOURCES)),
        migrations.AlterField("alertmonth", "source", models.SmallIntegerField(choices=SOURCES)),
        migrations.CreateModel(
            name="AlertCell",
            fields=[
                ("pk", models.CompositePrimaryKey("source", "node", blank=True, editable=False, primary_key=True, serialize=False)),
                ("source", models.SmallIntegerField(choices=SOURCES)),
                ("node", models.BigIntegerField()),
                ("alerts", models.BigIntegerField()),
                ("confidence", models.IntegerField(help_text="The highest there is.")),
                ("bins", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(alerts__gt=0, confidence__range=(2, 4)), name="alert_cell_not_empty")],
            },
        ),
    ]
