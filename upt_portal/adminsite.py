"""The administration: the secretariat's workplace, behind the portal's own sign-in."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from upt_portal.accounts import permissions, roles
from upt_portal.accounts.models import User
from upt_portal.kernel import desk


class PortalAdminSite(admin.AdminSite):
    """Django's admin with the portal's sign-in, so that rate limits and second factors hold here too.

    Its first page and its side menu show the work to do: the queues of the rooms, then the reference tables.
    """

    site_title = _("Administration")
    site_header = _("Administration")
    index_title = _("Work to do")
    enable_nav_sidebar = True

    @method_decorator(secure_admin_login)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Somebody not signed in goes to the portal's sign-in; only staff come further."""
        return super().login(request, extra_context)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        user = request.user
        if isinstance(user, User) and self.has_permission(request) and not context["is_popup"]:
            context["staff_nav"] = desk.queues_of(user)
            context["desk"] = desk_of(user)
        return context


def desk_of(user: User) -> str:
    """The office a member of staff works in, for the header: "Secretariat AC"; empty for other offices."""
    if not permissions.has_role(user, *roles.FACULTY_ROLES):
        return ""
    office = _("Dean's office") if permissions.has_role(user, roles.DEANERY) else _("Secretariat")
    return f"{office} {', '.join(sorted(permissions.faculty_codes(user)))}".strip()
