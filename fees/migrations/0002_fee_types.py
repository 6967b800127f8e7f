"""The kinds of fees of the catalogue (FEE §4.1), with the rules of their due dates."""

from django.db import migrations

FEE_TYPES = [
    ("TUITION", "Taxă de studii", "Tuition fee", "FEE-061"),
    ("RECONTRACT", "Taxă de recontractare", "Re-contracting fee", "FEE-061, FEE-034"),
    ("NEW_DISCIPLINE", "Taxă pentru o disciplină nouă", "Fee for a new discipline", "FEE-034"),
    ("REEXAM", "Taxă de reexaminare", "Re-examination fee", "FEE-041"),
    ("EXTENSION", "Taxă de prelungire", "Extension fee", "FEE-050"),
    ("REPETITION", "Taxă de repetare", "Repetition fee", "FEE-052"),
    ("REENROLMENT", "Taxă de reînmatriculare", "Re-enrolment fee", "FEE-054"),
    ("DIFFERENCES", "Diferențe", "Differences", "FEE-058"),
    ("DAMAGES", "Pagube", "Damages", ""),
    ("LANGUAGE_CERT", "Certificat de competență lingvistică", "Language proficiency certificate", "FEE-078"),
    ("FINAL_EXAM", "Taxă pentru examenul de finalizare", "Final examination fee", ""),
    ("DUPLICATE", "Duplicatul unui act", "Duplicate of a document", "FEE-009"),
    ("OTHER", "Altă taxă", "Other fee", ""),
]


def add(apps, schema_editor):
    fee_type = apps.get_model("fees", "FeeType")
    for code, name_ro, name_en, rule in FEE_TYPES:
        fee_type.objects.update_or_create(
            code=code, defaults={"name_ro": name_ro, "name_en": name_en, "deadline_rule": rule}
        )


class Migration(migrations.Migration):
    dependencies = [("fees", "0001_ledger")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
