"""The records room as an app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StudentRecordsConfig(AppConfig):
    name = "studentrecords"
    verbose_name = _("Student records")
