"""The first access: who somebody is; whatever is typed, the answer is the same (REC-017)."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from studentrecords.forms.activation import IdentityForm
from studentrecords.services import activation
from upt_portal.accounts import limits
from upt_portal.accounts.parameters import ACTIVATION_TTL, ATTEMPTS_WINDOW
from upt_portal.kernel import clock
from upt_portal.kernel.crypto import blind_index


@sensitive_post_parameters("number", "born")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def activate(request: HttpRequest) -> HttpResponse:
    """Ask for the activation message with CNP or passport, birth date and an address."""
    form = IdentityForm(request.POST or None)
    status = HTTPStatus.OK
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if limits.consume(request, "activate", blind_index(given["number"], "cnp")):
            activation.ask(given["number"], given["born"], given["address"], at=clock.now())
            return redirect(reverse("activate_asked"))
        minutes = ATTEMPTS_WINDOW.on(clock.today())
        form.add_error(None, _("Too many attempts. Try again in %(minutes)s minutes.") % {"minutes": minutes})
        status = HTTPStatus.TOO_MANY_REQUESTS
    elif form.errors:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "studentrecords/activate.html", {"form": form}, status=status)


@require_safe
def asked(request: HttpRequest) -> HttpResponse:
    """What happens next; the page knows nothing of who asked."""
    return render(request, "studentrecords/activate_asked.html", {"hours": ACTIVATION_TTL.on(clock.today())})
