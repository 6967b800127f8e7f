"""What the tests of the student's pages share: a browser of a case, the text of a page, counted queries."""

import re
from html import unescape

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracting.models import StudentContracting
from tests.contracting import kit


def browser(of: StudentContracting, language: str = "ro") -> Client:
    """A browser in which the case's student is signed in, reading in `language`."""
    client = Client()
    client.force_login(kit.student(of), backend="upt_portal.accounts.backends.PortalBackend")
    client.cookies["language"] = language
    return client


def url(of: StudentContracting, name: str, *more: object) -> str:
    """Address of a page of the case."""
    return reverse(f"contracting:{name}", args=[of.enrolment_id, *more])


def text_of(response: HttpResponse) -> str:
    """The words of a page, without markup, spaces of every kind as one."""
    bare = re.sub(r"<(style|script)\b.*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.S)
    return " ".join(unescape(bare).replace("\u00a0", " ").split())


def boxes(response: HttpResponse) -> dict[str, bool]:
    """The boxes of the offer: key of the row, and whether it is ticked."""
    found = re.findall(
        r'<input class="tick"[^>]*name="line" value="(\d+)"([^>]*)>', response.content.decode()
    )
    return {key: "checked" in rest for key, rest in found}


def statements(client: Client, address: str, data: dict[str, object] | None = None) -> int:
    """How many statements the answer takes, savepoints apart."""
    with CaptureQueriesContext(connection) as seen:
        client.post(address, data) if data is not None else client.get(address)
    return sum("SAVEPOINT" not in query["sql"] for query in seen)
