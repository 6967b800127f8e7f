"""Switches of language and theme, links that were sent, the address to sign in with, open sign-ins."""

from http import HTTPStatus

from allauth.account.decorators import reauthentication_required
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from upt_portal.accounts import addresses, limits, links
from upt_portal.accounts.forms import FirstPasswordForm, NewAddressForm
from upt_portal.accounts.models import AccountLink, User
from upt_portal.accounts.parameters import ACTIVATION_TTL
from upt_portal.accounts.requests import signed_in
from upt_portal.kernel import clock

YEAR = 365 * 86400


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """Back to the page the switch was on; never to another host."""
    target = request.POST.get("next", "/")
    allowed = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(target if allowed else "/")


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Switch between Romanian and English; kept in a cookie and, when signed in, on the account."""
    response = _back(request)
    language = request.POST.get("language", "")
    if language in User.Language.values:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=YEAR,
            samesite="Lax",
            secure=settings.SECURE,
            httponly=True,
        )
        if isinstance(request.user, User) and request.user.language != language:
            request.user.language = language
            request.user.save(update_fields=["language"])
    return response


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Switch between light, dark and the device's choice; kept in a cookie and on the account."""
    response = _back(request)
    theme = request.POST.get("theme", "")
    if theme in User.Theme.values:
        response.set_cookie(
            "theme", theme, max_age=YEAR, samesite="Lax", secure=settings.SECURE, httponly=True
        )
        if isinstance(request.user, User) and request.user.theme != theme:
            request.user.theme = theme
            request.user.save(update_fields=["theme"])
    return response


def _spent(request: HttpRequest) -> HttpResponse:
    """One answer for a link that was used, voided, is too old, or was never sent."""
    return render(request, "accounts/link_spent.html", status=HTTPStatus.GONE)


@sensitive_post_parameters("password1", "password2")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def activate_link(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind an activation message: the first password; nobody is signed in by it (REC-016)."""
    at = clock.now()
    try:
        link = links.find(token, AccountLink.Purpose.ACTIVATION, at=at)
        form = FirstPasswordForm(request.POST or None, user=link.user)
        if request.method == "POST" and form.is_valid():
            user = links.activate(token, form.cleaned_data["password1"], at=at)
            return render(request, "accounts/activated.html", {"account": user.email})
    except links.LinkSpent:
        return _spent(request)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "accounts/first_password.html", {"form": form, "owner": link.user}, status=status)


@login_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth is untyped
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change_address(request: HttpRequest) -> HttpResponse:
    """The address to sign in with, and the change that waits for its confirmations (REC-019)."""
    user = signed_in(request)
    form = NewAddressForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        if limits.consume(request, "address", str(user.pk)):
            addresses.ask(user.pk, form.cleaned_data["email"], actor=user, at=clock.now())
            messages.success(request, _("We have written to both addresses. Open both messages."))
            return redirect("account_email")
        form.add_error("email", _("Too many changes were asked for. Try again in a quarter of an hour."))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {
        "form": form,
        "change": addresses.open_change(user),
        "account": user,
        "hours": ACTIVATION_TTL.on(clock.today()),
    }
    return render(request, "accounts/address.html", context, status=status)


@login_required
@require_POST
def give_up_change(request: HttpRequest) -> HttpResponse:
    """End the change that waits; the links that were sent do nothing any more."""
    addresses.give_up(signed_in(request).pk, at=clock.now())
    messages.success(request, _("The change was given up. Your address stays as it was."))
    return redirect("account_email")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind a confirmation message: a press of the button counts, an opened link does not."""
    at = clock.now()
    try:
        link = links.find(token, addresses.NEW, addresses.OLD, at=at)
        change = addresses.confirm(token, at=at) if request.method == "POST" else link.change
    except links.LinkSpent:
        return _spent(request)
    context = {"change": change, "link": link, "done": request.method == "POST"}
    return render(request, "accounts/confirm_address.html", context)


@login_required
@require_POST
def end_session(request: HttpRequest, session: int) -> HttpResponse:
    """End one of one's own open sign-ins; the current one is ended by signing out."""
    found = get_object_or_404(UserSession, pk=session, user=signed_in(request))
    if found.session_key != request.session.session_key:
        found.end()
        messages.success(request, _("That sign-in was ended."))
    return redirect("usersessions_list")
