"""The accounts as an app: after each migration the roles have the rights written in code."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "upt_portal.accounts"
    label = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from allauth.account.signals import password_reset

        from upt_portal.accounts import addresses, links, mails, receivers, recovery, rights  # noqa: F401  jobs

        password_reset.connect(receivers.after_reset, dispatch_uid="accounts.reset")
        # Once a migration, not once an app: by the turn of the last app the permissions of all others exist.
        last = [config for config in apps.get_app_configs() if config.models_module][-1]
        post_migrate.connect(rights.grant, sender=last, dispatch_uid="accounts.rights")
