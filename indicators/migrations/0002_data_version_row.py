from django.db import migrations


class Migration(migrations.Migration):
    """The one row that the triggers count up."""

    dependencies = [("indicators", "0001_plan_sources_values")]
    operations = [
        migrations.RunSQL(
            "INSERT INTO indicators_dataversion (id, number, changed_at)"
            " VALUES (1, 1, now()) ON CONFLICT DO NOTHING",
            "DELETE FROM indicators_dataversion",
        )
    ]
