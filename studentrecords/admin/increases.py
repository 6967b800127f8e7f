"""Sanctions that exclude grade increases, in the administration."""

from django.contrib import admin

from studentrecords.models import IncreaseBan
from upt_portal.kernel.admin_tables import TableAdmin


@admin.register(IncreaseBan)
class IncreaseBanAdmin(TableAdmin):
    """Sanctions without grade increases (REC-179)."""

    list_display = ["enrolment", "first_day", "last_day", "decision"]
    list_select_related = ["enrolment__person"]
    autocomplete_fields = ["enrolment"]
