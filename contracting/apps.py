"""The contracting room as an app: it listens to fees."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContractingConfig(AppConfig):
    name = "contracting"
    verbose_name = _("Contracting")

    def ready(self) -> None:
        from contracting import receivers  # noqa: F401  listens to fees: a settled annex
        from contracting.services import acts  # noqa: F401  the trace's sentences
