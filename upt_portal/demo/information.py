"""What the demonstration university tells its students: a few documents, texts, tutors and hours."""

from datetime import date, time, timedelta

from studentrecords.models import (
    AcademicYear,
    ConsultationHours,
    Faculty,
    InformationText,
    Programme,
    PublicDocument,
    PublicKind,
    Subject,
    Teaching,
    TutorAssignment,
)

#: (kind, language, name in Romanian, name in English, issuer, text)
_DOCUMENTS = (
    (PublicKind.CODE, "ro", "Codul studentului", "Code of the student", "Senatul universității",
     "Text demonstrativ: drepturile și obligațiile studentului, pe articole."),
    (PublicKind.CODE, "en", "Codul studentului", "Code of the student", "Senatul universității",
     "Demonstration text: the rights and duties of the student, by article."),
    (PublicKind.GUIDE, "ro", "Ghidul studentului", "Student Guide", "Prorectoratul pentru studenți",
     "Text demonstrativ: discipline, servicii, evaluare, taxe, structura anului, burse, mobilități."),
    (PublicKind.GUIDE, "en", "Ghidul studentului", "Student Guide", "Prorectoratul pentru studenți",
     "Demonstration text: disciplines, services, evaluation, fees, the year, scholarships, mobility."),
    (PublicKind.FEES, "ro", "Cum se stabilesc taxele", "How fees are set", "Senatul universității",
     "Text demonstrativ: Senatul stabilește taxele unui an universitar; lista lor este publică."),
    (PublicKind.CODE_REPORT, "ro", "Raport privind respectarea codului", "Report on the code",
     "Senatul studenților",
     "Text demonstrativ: ce s-a constatat în anul încheiat și răspunsul universității."),
)  # fmt: skip
#: (subject, name in Romanian, name in English, text in Romanian, text in English)
_TEXTS = (
    (Subject.HOUSING, "Locuri în cămine", "Places in halls", "Cererile se depun înainte de începerea anului.",
     "Applications are filed before the year starts."),
    (Subject.SCHOLARSHIPS, "Burse", "Scholarships", "O bursă socială se poate cumula cu alte burse.",
     "A social scholarship may be held beside another one."),
    (Subject.TRANSPORT, "Transport", "Transport", "Legitimația de transport se vizează o dată pe an.",
     "The railcard is stamped once a year."),
    (Subject.COUNSELLING, "Consiliere gratuită", "Free counselling",
     "Consilierea și orientarea în carieră sunt gratuite.", "Counselling and career advice are free."),
    (Subject.ROOMS, "Folosirea sălilor", "Use of rooms", "Sălile se folosesc cu aprobare prealabilă.",
     "Rooms are used with prior approval."),
)  # fmt: skip


def lay(year: AcademicYear, today: date) -> None:
    """Documents, texts, and for each faculty a tutor of first years and hours of some teachers."""
    day = year.starts_on - timedelta(days=21)
    PublicDocument.objects.bulk_create(
        PublicDocument(
            kind=kind,
            language=language,
            name_ro=ro,
            name_en=en,
            issuer=issuer,
            issued_on=day,
            published_on=day,
            in_force_from=day,
            first_year=year,
            edition=f"{year}",
            text=text,
        )
        for kind, language, ro, en, issuer, text in _DOCUMENTS
    )
    InformationText.objects.bulk_create(
        InformationText(subject=of, name_ro=ro, name_en=en, text_ro=text, text_en=english, shown_from=day)
        for of, ro, en, text, english in _TEXTS
    )
    for faculty in Faculty.objects.all():
        _hours(faculty, year, 2 if today >= year.second_semester_on else 1)


def _hours(faculty: Faculty, year: AcademicYear, semester: int) -> None:
    held = Teaching.objects.filter(year=year, discipline__curriculum__programme__faculty=faculty)
    names = sorted(set(held.values_list("teacher_name", flat=True)))
    ConsultationHours.objects.bulk_create(
        ConsultationHours(
            faculty=faculty,
            teacher_name=name,
            year=year,
            semester=semester,
            weekday=1 + place % 5,
            starts_at=time(10 + place % 4),
            ends_at=time(12 + place % 4),
            online=place % 3 == 0,
            place="cv.upt.ro" if place % 3 == 0 else f"A {101 + place}",
            booking="prin e-mail",
        )
        for place, name in enumerate(names)
    )
    programmes = Programme.objects.filter(faculty=faculty, enrolments__isnull=False).distinct()
    TutorAssignment.objects.bulk_create(
        TutorAssignment(
            programme=programme, year=year, year_of_study=of, name=names[(place + of) % len(names)]
        )
        for place, programme in enumerate(programmes)
        for of in range(1, programme.semesters // 2 + 1)
        if names
    )
