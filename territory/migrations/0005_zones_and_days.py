import django.contrib.gis.db.models.fields
import django.contrib.postgres.fields
import django.db.models.deletion
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
]
CONFIDENCES = [(2, "Nominal"), (3, "Alta"), (4, "Muy alta")]
KINDS = [
    ("national_area", "Área natural protegida nacional"),
    ("reserved_zone", "Zona reservada"),
    ("regional_area", "Área de conservación regional"),
    ("private_area", "Área de conservación privada"),
    ("buffer_zone", "Zona de amortiguamiento"),
    ("production_forest", "Bosque de producción permanente"),
    ("local_forest", "Bosque local"),
    ("concession", "Concesión forestal"),
    ("community", "Comunidad nativa o campesina"),
    ("fragile_ecosystem", "Ecosistema frágil"),
    ("high_conservation", "Alto valor de conservación"),
    ("high_carbon", "Altas reservas de carbono"),
]

# Until zones are loaded every alert is in none: a default fills the column without
# writing the table anew.
ASSIGN = """
INSERT INTO territory_zoneset (zone_ids) VALUES ('{}');
DO $$
DECLARE nowhere integer := (SELECT id FROM territory_zoneset);
BEGIN
    EXECUTE format('ALTER TABLE territory_forestalert'
                   ' ADD COLUMN zone_set_id integer NOT NULL DEFAULT %s', nowhere);
    EXECUTE format('ALTER TABLE territory_alertmonth'
                   ' ADD COLUMN zone_set_id integer NOT NULL DEFAULT %s', nowhere);
END $$;
ALTER TABLE territory_forestalert ALTER COLUMN zone_set_id DROP DEFAULT;
ALTER TABLE territory_alertmonth
    ALTER COLUMN zone_set_id DROP DEFAULT,
    DROP CONSTRAINT territory_alertmonth_pkey,
    ADD PRIMARY KEY (district_id, source, month, confidence, zone_set_id),
    ADD CONSTRAINT territory_alertmonth_zone_set_id_fk_territory_zoneset
        FOREIGN KEY (zone_set_id) REFERENCES territory_zoneset (id)
        DEFERRABLE INITIALLY DEFERRED;
"""
TAKE_BACK = """
ALTER TABLE territory_forestalert DROP COLUMN zone_set_id;
DELETE FROM territory_alertmonth;
ALTER TABLE territory_alertmonth
    DROP COLUMN zone_set_id,
    ADD PRIMARY KEY (district_id, source, month, confidence);
INSERT INTO territory_alertmonth
    (district_id, source, month, confidence, alerts, area_ha)
SELECT district_id, source, date_trunc('month', day)::date, confidence,
       sum(alerts), sum(area_ha)
FROM territory_alertday GROUP BY 1, 2, 3, 4;
"""

# The days of alerts that were loaded before; the area of a pixel as in
# territory/pixels.py: bits of its row, latitude, ellipsoid, whole millionths.
FILL_DAYS = """
INSERT INTO territory_alertday
    (district_id, day, zone_set_id, source, confidence, alerts, area_ha)
SELECT district_id, alert_date, zone_set_id, source, confidence, count(*),
       sum(rint_step)::bigint * 0.000001
FROM territory_forestalert a
CROSS JOIN LATERAL (
    SELECT sum(((a.pixel >> (2 * bit + 1)) & 1) << bit) AS y
    FROM generate_series(0, 23) bit
) pixel_row
CROSS JOIN LATERAL (
    SELECT asin(tanh((0.5 - (y + 0.5)::double precision / 16777216) * 2 * pi())) AS phi
) latitude
CROSS JOIN LATERAL (
    SELECT 1 - 6.69437999014e-3 * sin(phi) * sin(phi) AS curve
) ellipsoid
CROSS JOIN LATERAL (
    SELECT round((6378137.0 * (1 - 6.69437999014e-3) / (curve * sqrt(curve))
        * 6378137.0 * cos(phi) / sqrt(curve)
        * power(radians(CASE source WHEN 2 THEN 0.00025 WHEN 5 THEN 0.00025
                        ELSE 0.0001 END), 2) / 10000) / 1e-6) AS rint_step
) area
WHERE gone_load_id IS NULL
GROUP BY 1, 2, 3, 4, 5
"""


def _place() -> models.ForeignKey:
    return models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="territory.place")


def _zone_set() -> models.ForeignKey:
    return models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="territory.zoneset")


class Migration(migrations.Migration):
    """Zones, the set of them each alert lies in, and totals by day."""

    dependencies = [("territory", "0004_polygons_and_fires")]

    operations = [
        migrations.CreateModel(
            name="Zone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=KINDS, max_length=20)),
                ("code", models.CharField(help_text="The publisher's own; unique in source and kind.", max_length=60)),
                ("name", models.CharField(max_length=200)),
                ("geom", django.contrib.gis.db.models.fields.MultiPolygonField(srid=4326)),
                ("area_ha", models.DecimalField(decimal_places=1, help_text="Ellipsoidal area of geom, computed in geography.", max_digits=14)),
                ("source", models.SlugField(help_text="Code of the data's source.", max_length=60)),
                ("valid_from", models.DateField(blank=True, help_text="As the source says; empty: it does not.", null=True)),
                ("valid_to", models.DateField(blank=True, help_text="First day without it; empty: in force.", null=True)),
                ("first_load_id", models.IntegerField()),
                ("gone_load_id", models.IntegerField(blank=True, help_text="Load that replaced or no longer had it.", null=True)),
                ("is_synthetic", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ["kind", "name", "pk"],
                "constraints": [
                    models.UniqueConstraint(condition=models.Q(valid_to=None), fields=("source", "kind", "code"), name="one_current_zone_per_code"),
                    models.CheckConstraint(condition=models.Q(area_ha__gt=0), name="zone_area_positive"),
                    models.CheckConstraint(condition=~models.Q(code="") & ~models.Q(name="") & ~models.Q(source=""), name="zone_is_named"),
                    models.CheckConstraint(condition=models.Q(valid_to=None) | models.Q(valid_from=None) | models.Q(valid_to__gte=models.F("valid_from")), name="zone_ends_after_start"),
                    models.CheckConstraint(condition=models.Q(valid_to=None, gone_load_id=None) | models.Q(valid_to__isnull=False, gone_load_id__isnull=False), name="zone_end_has_load"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ZoneSet",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("zone_ids", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), help_text="Numbers of zones, rising; zones are never deleted.", size=None, unique=True)),
            ],
            options={"ordering": ["pk"]},
        ),
        migrations.CreateModel(
            name="AlertDay",
            fields=[
                ("pk", models.CompositePrimaryKey("source", "day", "district", "zone_set", "confidence", blank=True, editable=False, primary_key=True, serialize=False)),
                ("district", _place()),
                ("area_ha", models.DecimalField(decimal_places=6, max_digits=14)),
                ("day", models.DateField()),
                ("zone_set", _zone_set()),
                ("alerts", models.PositiveIntegerField()),
                ("source", models.SmallIntegerField(choices=SOURCES)),
                ("confidence", models.SmallIntegerField(choices=CONFIDENCES)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(alerts__gt=0, area_ha__gt=0), name="alert_day_not_empty")],
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(ASSIGN, TAKE_BACK)],
            state_operations=[
                migrations.AddField(model_name="forestalert", name="zone_set", field=_zone_set()),
                migrations.AddField(
                    model_name="alertmonth",
                    name="zone_set",
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="territory.zoneset"),
                ),
                migrations.AlterField(
                    model_name="alertmonth",
                    name="pk",
                    field=models.CompositePrimaryKey("district", "source", "month", "confidence", "zone_set", blank=True, editable=False, primary_key=True, serialize=False),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="alertmonth",
            constraint=models.CheckConstraint(condition=models.Q(month__day=1), name="alert_month_first_day"),
        ),
        # Room on each page, so that a total that grows stays beside its index entry.
        migrations.RunSQL(
            "ALTER TABLE territory_alertday SET (fillfactor = 70)",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(FILL_DAYS, migrations.RunSQL.noop),
    ]
