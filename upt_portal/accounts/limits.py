"""How often somebody may try: counted for a person or an address, and for a network (REC-017).

A pause never depends on whether the person or the address exists, so it tells nothing about them.
"""

import hashlib
import secrets
from typing import Any

from allauth.core.internal import ratelimit
from django.core import signing
from django.http import HttpRequest, HttpResponse

from upt_portal.accounts.parameters import ATTEMPTS_WINDOW, LOGIN_ATTEMPTS, NETWORK_ATTEMPTS
from upt_portal.kernel import clock

_APP = "upt_portal.accounts"
BROWSER_COOKIE = "browser"
_HALF_A_YEAR = 180 * 86400


def consume(request: HttpRequest, action: str, key: str) -> Any:
    """Count one attempt; None when the person, the address or the network must wait.

    key: what is counted beside the network. The answer can be taken back (`rollback`) after a success.
    """
    today = clock.today()
    window = ATTEMPTS_WINDOW.on(today) * 60
    rates = f"{LOGIN_ATTEMPTS.on(today)}/{window}s/key,{NETWORK_ATTEMPTS.on(today)}/{window}s/ip"
    return ratelimit.consume(request, app=_APP, action=action, config={action: rates}, key=key)


def consume_network(request: HttpRequest, action: str) -> bool:
    """Count one attempt from this network alone; False when it must wait."""
    today = clock.today()
    rate = f"{NETWORK_ATTEMPTS.on(today)}/{ATTEMPTS_WINDOW.on(today) * 60}s/ip"
    return bool(ratelimit.consume(request, app=_APP, action=action, config={action: rate}, limit_get=True))


def is_spent(request: HttpRequest, action: str, key: str) -> bool:
    """Whether no attempt is left for `key`; counts nothing."""
    today = clock.today()
    rate = f"{LOGIN_ATTEMPTS.on(today)}/{ATTEMPTS_WINDOW.on(today) * 60}s/key"
    return not ratelimit.consume(
        request, app=_APP, action=action, config={action: rate}, key=key, dry_run=True
    )


def forget(request: HttpRequest, action: str, key: str) -> None:
    """Attempts for `key` start again at none."""
    today = clock.today()
    rate = f"{LOGIN_ATTEMPTS.on(today)}/{ATTEMPTS_WINDOW.on(today) * 60}s/key"
    ratelimit.clear(request, app=_APP, action=action, config={action: rate}, key=key)


def same_address(address: str) -> str:
    """An address as it is compared: without outer blanks and letter case (REC-013)."""
    return address.strip().lower()


def sign_in_key(request: HttpRequest, address: str) -> str:
    """What wrong passwords are counted under: the address, or the address in a browser that is known.

    Strangers use up the first count only; the owner, in a browser that has signed in before, keeps his own.
    """
    known = known_browser(request, address)
    return f"{same_address(address)}:{known}" if known else same_address(address)


def known_browser(request: HttpRequest, address: str) -> str:
    """The mark of this browser when `address` has signed in here before; empty otherwise."""
    try:
        mark = signing.loads(
            request.COOKIES.get(BROWSER_COOKIE, ""), salt="accounts.browser", max_age=_HALF_A_YEAR
        )
    except signing.BadSignature:
        return ""
    return str(mark["b"]) if _whose(address) in mark.get("w", []) else ""


def remember_browser(request: HttpRequest, response: HttpResponse, address: str, *, secure: bool) -> None:
    """Leave the mark by which the browser is known the next time; the last three people are kept in it."""
    whose: list[str] = []
    try:
        mark = signing.loads(
            request.COOKIES.get(BROWSER_COOKIE, ""), salt="accounts.browser", max_age=_HALF_A_YEAR
        )
        whose = [one for one in mark["w"] if one != _whose(address)][-2:]
    except (signing.BadSignature, KeyError):
        pass
    mark = {"b": secrets.token_hex(8), "w": [*whose, _whose(address)]}
    response.set_cookie(
        BROWSER_COOKIE,
        signing.dumps(mark, salt="accounts.browser"),
        max_age=_HALF_A_YEAR,
        samesite="Lax",
        secure=secure,
        httponly=True,
    )


def _whose(address: str) -> str:
    return hashlib.sha256(same_address(address).encode()).hexdigest()[:16]
