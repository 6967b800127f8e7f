"""The administration: the secretariat's workplace, behind the portal's own sign-in."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class PortalAdminSite(admin.AdminSite):
    """Django's admin with the portal's sign-in, so that rate limits and second factors hold here too."""

    site_title = _("Administration")
    site_header = _("Administration")
    index_title = _("Work to do")
    enable_nav_sidebar = True


PortalAdminSite.login = secure_admin_login(PortalAdminSite.login)  # type: ignore[method-assign]

