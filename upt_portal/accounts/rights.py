"""What each role may do with the tables in the administration, as one table in code.

After every migration the groups get exactly these rights (`grant`), so a right that is taken out of the table
is gone with the next release. Rows are narrowed further by the admin classes: faculties, states, own cases.
The counselling rooms stand in no line: their rows are opened by their own staff in their own pages only.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from upt_portal.accounts import roles

VIEW, EDIT, ALL = ("view",), ("view", "add", "change"), ("view", "add", "change", "delete")

Rights = Mapping[str, tuple[str, ...]]

_PAPERS_OF_CONTRACTING: Rights = {
    "contracting.studentcontracting": VIEW,
    "contracting.annex": VIEW,
    "contracting.signedfile": VIEW,
    "contracting.studycontract": VIEW,
    "contracting.changerequest": VIEW,
    "contracting.clarification": VIEW,
}
_RECORDS_TO_READ: Rights = {
    "studentrecords.faculty": VIEW,
    "studentrecords.department": VIEW,
    "studentrecords.field": VIEW,
    "studentrecords.programme": VIEW,
    "studentrecords.academicyear": VIEW,
    "studentrecords.curriculum": VIEW,
    "studentrecords.discipline": VIEW,
    "studentrecords.teaching": VIEW,
    "studentrecords.person": VIEW,
    "studentrecords.addressrequest": VIEW,
    "studentrecords.documentrequest": VIEW,
    "studentrecords.enrolment": VIEW,
    "studentrecords.examsession": VIEW,
    "studentrecords.examtimetable": VIEW,
    "studentrecords.examdurations": VIEW,
    "studentrecords.fraudreport": VIEW,
    "studentrecords.datarequest": VIEW,
    "studentrecords.datachange": VIEW,
    "studentrecords.studentcard": VIEW,
    "studentrecords.announcement": VIEW,
    "kernel.closedday": VIEW,
}
_INFORMATION_TO_KEEP: Rights = {
    "studentrecords.courselink": ALL,
    "studentrecords.consultationhours": ALL,
    "studentrecords.tutorassignment": ALL,
    "studentrecords.scholarshipsemester": EDIT,
    "studentrecords.reward": EDIT,
    "studentrecords.finishingelsewhere": EDIT,
    "studentrecords.representative": EDIT,
    "studentrecords.decisionbody": EDIT,
    "studentrecords.publicdocument": EDIT,
    "studentrecords.informationtext": EDIT,
    "studentrecords.groupchange": VIEW,
    "studentrecords.ectscoordinator": ALL,
    "studentrecords.timetableclass": ALL,
    "studentrecords.equivalence": EDIT,
    "studentrecords.equivalencerow": ALL,
}
_RECORDS_TO_KEEP: Rights = {
    **_RECORDS_TO_READ,
    "studentrecords.announcement": EDIT,
    "studentrecords.faculty": EDIT,
    "studentrecords.department": EDIT,
    "studentrecords.field": EDIT,
    "studentrecords.programme": EDIT,
    "studentrecords.academicyear": EDIT,
    "studentrecords.curriculum": EDIT,
    "studentrecords.discipline": EDIT,
    "studentrecords.teaching": EDIT,
    "kernel.closedday": ALL,
    "kernel.parameteroverride": ALL,
}
_LEDGER_TO_READ: Rights = {
    "fees.feetype": VIEW,
    "fees.price": VIEW,
    "fees.charge": VIEW,
    "fees.payment": VIEW,
    "fees.allocation": VIEW,
    "fees.cardpayment": VIEW,
    "fees.providerevent": VIEW,
    "fees.bankaccount": VIEW,
}
_MACHINE_ROOM: Rights = {
    "kernel.mail": VIEW,
    "kernel.job": VIEW,
    "kernel.issuedpaper": VIEW,
    "kernel.deadline": VIEW,
    "kernel.traceentry": VIEW,
}

RIGHTS: Mapping[str, Rights] = {
    roles.SECRETARY: {
        **_RECORDS_TO_READ,
        **_INFORMATION_TO_KEEP,
        **_PAPERS_OF_CONTRACTING,
        "studentrecords.teaching": EDIT,
        "studentrecords.announcement": EDIT,
        "studentrecords.catalogue": EDIT,
        "studentrecords.competition": EDIT,
        "contracting.campaign": ALL,
    },
    roles.CHIEF_SECRETARY: {
        **_RECORDS_TO_READ,
        **_INFORMATION_TO_KEEP,
        **_PAPERS_OF_CONTRACTING,
        "studentrecords.curriculum": EDIT,
        "studentrecords.discipline": EDIT,
        "studentrecords.teaching": EDIT,
        "studentrecords.announcement": EDIT,
        "studentrecords.catalogue": EDIT,
        "studentrecords.examtimetable": EDIT,
        "studentrecords.examdurations": EDIT,
        "studentrecords.sessionban": EDIT,
        "studentrecords.increaseban": EDIT,
        "studentrecords.movingfile": VIEW,
        "studentrecords.competition": EDIT,
        "contracting.campaign": ALL,
    },
    roles.DEANERY: {**_RECORDS_TO_READ, "studentrecords.groupchange": VIEW},
    roles.SCHOOL_MANAGEMENT: {
        **_RECORDS_TO_KEEP,
        **_INFORMATION_TO_KEEP,
        **_LEDGER_TO_READ,
        "fees.feetype": EDIT,
        "fees.price": EDIT,
        "kernel.deadline": EDIT,
        "studentrecords.examsession": EDIT,
        "studentrecords.competition": EDIT,
        "studentrecords.examtimetable": EDIT,
        "studentrecords.catalogue": VIEW,
        "studentrecords.movingfile": VIEW,
    },
    roles.FINANCE: {
        **_LEDGER_TO_READ,
        "fees.payment": EDIT,
        "studentrecords.academicyear": VIEW,
        "studentrecords.programme": VIEW,
    },
    roles.INFOCENTER: {
        "studentrecords.officialmessage": VIEW,
        "studentrecords.railcard": VIEW,
        "studentrecords.studentcard": VIEW,
        "studentrecords.competition": EDIT,
    },
    roles.RECOGNITION: {"studentrecords.equivalence": VIEW, "studentrecords.equivalencerow": VIEW},
    roles.SECRETARY_GENERAL: {"studentrecords.officialmessage": VIEW},
    roles.ADMINISTRATOR: {
        **_RECORDS_TO_KEEP,
        **_LEDGER_TO_READ,
        **_MACHINE_ROOM,
        "fees.bankaccount": EDIT,  # not the finance office: who books money does not say where it goes
        "kernel.deadline": EDIT,
        "kernel.mail": ("view", "change"),
        "accounts.user": EDIT,
        "accounts.facultyscope": ALL,
    },
}


def codenames(role: str) -> Iterator[tuple[str, str]]:
    """The rights of a role as (app label, codename), e.g. ("contracting", "view_annex")."""
    for model, acts in RIGHTS.get(role, {}).items():
        app, name = model.split(".")
        yield from ((app, f"{act}_{name}") for act in acts)


def grant(**_signal: Any) -> None:
    """Give every role its rights; a table that does not exist yet gets them when its migration has run."""
    from django.contrib.auth.models import Group, Permission

    known = {
        (app, codename): pk
        for pk, app, codename in Permission.objects.values_list("pk", "content_type__app_label", "codename")
    }
    for role in roles.LABELS:
        group = Group.objects.get_or_create(name=role)[0]
        group.permissions.set([known[right] for right in codenames(role) if right in known])
