import django.db.models.deletion
from django.db import migrations, models

SOURCES = [
    (1, "gfw_integrated_alerts"),
    (2, "umd_glad_landsat_alerts"),
    (3, "umd_glad_sentinel2_alerts"),
    (4, "wur_radd_alerts"),
    (5, "umd_glad_dist_alerts"),
    (6, "gfw_integrated_dist_alerts"),
]
CONFIDENCES = [(2, "Nominal"), (3, "Alta"), (4, "Muy alta")]

# Columns from wide to narrow, so that a row has no padding: 56 bytes with its header.
FOREST_ALERT = """
CREATE TABLE territory_forestalert (
    pixel bigint NOT NULL,
    district_id bigint NOT NULL,
    alert_date date NOT NULL,
    first_load_id integer NOT NULL,
    gone_load_id integer,
    source smallint NOT NULL,
    confidence smallint NOT NULL,
    CONSTRAINT alert_confidence_known CHECK (confidence BETWEEN 2 AND 4),
    PRIMARY KEY (pixel, alert_date, source)
) PARTITION BY RANGE (alert_date)
"""


class Migration(migrations.Migration):
    """Alerts in yearly partitions (made when first needed) and their totals."""

    dependencies = [("territory", "0002_places")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(FOREST_ALERT, "DROP TABLE territory_forestalert")
            ],
            state_operations=[
                migrations.CreateModel(
                    name="ForestAlert",
                    fields=[
                        ("pk", models.CompositePrimaryKey("pixel", "alert_date", "source", blank=True, editable=False, primary_key=True, serialize=False)),
                        ("pixel", models.BigIntegerField()),
                        ("alert_date", models.DateField()),
                        ("first_load_id", models.IntegerField()),
                        ("gone_load_id", models.IntegerField(blank=True, help_text="Load in which the source no longer had it.", null=True)),
                        ("source", models.SmallIntegerField(choices=SOURCES)),
                        ("confidence", models.SmallIntegerField(choices=CONFIDENCES)),
                        ("district", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="territory.place")),
                    ],
                    options={
                        "constraints": [models.CheckConstraint(condition=models.Q(confidence__gte=2, confidence__lte=4), name="alert_confidence_known")],
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name="AlertMonth",
            fields=[
                ("pk", models.CompositePrimaryKey("district", "source", "month", "confidence", blank=True, editable=False, primary_key=True, serialize=False)),
                ("source", models.SmallIntegerField(choices=SOURCES)),
                ("month", models.DateField(help_text="First day of the month.")),
                ("confidence", models.SmallIntegerField(choices=CONFIDENCES)),
                ("alerts", models.PositiveIntegerField()),
                ("area_ha", models.DecimalField(decimal_places=6, max_digits=14)),
                ("district", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="territory.place")),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(alerts__gt=0, area_ha__gt=0), name="alert_month_not_empty")],
            },
        ),
    ]
