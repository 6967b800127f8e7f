"""The roles of the portal as groups, with their rights in the administration."""

from django.db import migrations

ROLES = [
    "student", "secretary", "chief_secretary", "deanery", "finance", "school_management", "teacher",
    "dri_officer", "dri_head", "board_secretary", "counsellor", "psychologist", "student_office",
    "ccoc_coordinator", "candidate", "administrator",
]


def make(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    for name in ROLES:
        Group.objects.get_or_create(name=name)


def leave(apps, schema_editor):
    """Groups are kept: accounts may hold them."""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(make, leave)]
