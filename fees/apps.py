"""The fees room as an app: its jobs and the sentences of its acts are known from the start."""

from importlib import import_module
from pkgutil import iter_modules

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FeesConfig(AppConfig):
    name = "fees"
    verbose_name = _("Fees")

    def ready(self) -> None:
        from fees import queries, services
        from fees.queries import staff
        from upt_portal.kernel import desk

        for module in iter_modules(services.__path__):  # acts, jobs, and what follows from every act
            import_module(f"{services.__name__}.{module.name}")
        desk.register_queues("fees", staff.staff_queues)
        for module in iter_modules(queries.__path__):  # each registers its own pages of the finance desk
            import_module(f"{queries.__name__}.{module.name}")
