"""The fees room as an app: its jobs and the sentences of its acts are known from the start."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FeesConfig(AppConfig):
    name = "fees"
    verbose_name = _("Fees")

    def ready(self) -> None:
        from fees import queries
        from fees.services import announcing, charges, checkout, settlement, tariff  # noqa: F401
        from upt_portal.kernel import desk

        desk.register_queues("fees", queries.staff_queues)
