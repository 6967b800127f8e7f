"""What the record pages show beside the grades: announcements."""

from datetime import date, timedelta

from studentrecords.models import Announcement, Faculty, Issuer
from upt_portal.accounts.models import User

#: Issuer, code of the faculty, days it has stood, days it stands still, title and text in both languages.
ANNOUNCEMENTS = (
    (
        Issuer.UNIVERSITY, "", 3, 25,
        "Biblioteca este deschisă și sâmbăta", "The library is open on Saturdays too",
        "Sala de lectură primește studenți sâmbăta, între orele 9 și 14, până la sfârșitul sesiunii.",
        "The reading room receives students on Saturdays from 9 to 14 until the end of the session.",
    ),
    (
        Issuer.FACULTY, "AC", 5, 14,
        "Alegerea disciplinelor facultative", "Choice of facultative disciplines",
        "Opțiunile se depun la secretariat până în ultima zi a anunțului.",
        "Choices are handed in at the secretariat until the last day of this announcement.",
    ),
    (
        Issuer.SECRETARIAT, "AC", 1, 6,
        "Program redus vineri", "Shorter hours on Friday",
        "Vineri secretariatul lucrează cu publicul între orele 10 și 12.",
        "On Friday the secretariat receives the public from 10 to 12.",
    ),
)  # fmt: skip


def announce(author: User, today: date) -> int:
    """Announcements of every kind of issuer that run today. Returns how many."""
    faculties = {one.code: one for one in Faculty.objects.all()}
    rows = [
        Announcement(
            issuer=issuer,
            faculty=faculties.get(code),
            first_day=today - timedelta(days=since),
            last_day=today + timedelta(days=left),
            title_ro=title_ro,
            title_en=title_en,
            text_ro=text_ro,
            text_en=text_en,
            author=author,
        )
        for issuer, code, since, left, title_ro, title_en, text_ro, text_en in ANNOUNCEMENTS
        if not code or code in faculties
    ]
    return len(Announcement.objects.bulk_create(rows))
