"""Names the portal's own admin site as Django's default one."""

from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    default_site = "upt_portal.adminsite.PortalAdminSite"
