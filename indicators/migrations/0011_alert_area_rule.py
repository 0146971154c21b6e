from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('indicators', '0010_dossier_files'),
    ]

    operations = [
        migrations.AlterField(
            model_name='derivation',
            name='rule',
            field=models.CharField(choices=[('sum_of_districts', 'Suma de todos los distritos'), ('crop_yield', 'Rendimiento de un cultivo'), ('gross_value', 'Producción por precio base'), ('alert_area', 'Superficie con alertas en el año')], max_length=24),
        ),
    ]
