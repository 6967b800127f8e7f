"""The admissions room as an app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AdmissionsConfig(AppConfig):
    name = "admissions"
    verbose_name = _("Admissions")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from admissions.services import acts  # noqa: F401  the trace's sentences
