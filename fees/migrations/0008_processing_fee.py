"""The kind of fee that candidates pay for the processing of their file (FEE-090)."""

from django.db import migrations


def add(apps, schema_editor):
    apps.get_model("fees", "FeeType").objects.update_or_create(
        code="PROCESSING",
        defaults={
            "name_ro": "Taxă de procesare a dosarului",
            "name_en": "File-processing fee",
            "deadline_rule": "",
        },
    )


class Migration(migrations.Migration):
    dependencies = [("fees", "0007_refunds")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
