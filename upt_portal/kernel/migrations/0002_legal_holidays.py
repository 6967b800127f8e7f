"""The legal holidays of Romania, 2020 to 2035, as the default table of closed days (T1)."""

from django.db import migrations

FIRST, LAST = 2020, 2035


def fill(apps, schema_editor):
    from upt_portal.kernel.calendar import romanian_holidays

    ClosedDay = apps.get_model("kernel", "ClosedDay")
    rows = []
    for year in range(FIRST, LAST + 1):
        english = romanian_holidays(year, "en")
        for day, name in romanian_holidays(year).items():
            rows.append(ClosedDay(day=day, kind="legal", name_ro=name, name_en=english.get(day, name)))
    ClosedDay.objects.bulk_create(rows, ignore_conflicts=True)


def empty(apps, schema_editor):
    apps.get_model("kernel", "ClosedDay").objects.filter(kind="legal").delete()


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]
    operations = [migrations.RunPython(fill, empty)]
