"""The kind of fee that a penalty for a late payment is (FEE-063)."""

from django.db import migrations


def add(apps, schema_editor):
    apps.get_model("fees", "FeeType").objects.update_or_create(
        code="PENALTY", defaults={"name_ro": "Penalizare", "name_en": "Penalty", "deadline_rule": "FEE-063"}
    )


class Migration(migrations.Migration):
    dependencies = [("fees", "0005_reductions")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
