"""What the person's pages show: a request with its proof, a card, railcards, a matter told in confidence."""

from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from studentrecords.models import Enrolment
from studentrecords.queries.communication import Audience
from studentrecords.rules.personal import PersonalField
from studentrecords.services import cards, communication, confidential, personal, railcards
from tests import factories
from tests.kernel import files
from upt_portal.accounts import roles
from upt_portal.kernel import uploads
from upt_portal.kernel.uploads import Examined


def examined(name: str = "buletin.jpg") -> Examined:
    """A picture of a document."""
    return uploads.examine(SimpleUploadedFile(name, files.jpeg()))


def own_objects(enrolment: Enrolment, at: datetime) -> dict[str, dict[str, Any]]:
    """Arguments of the addresses of this subject, all of the owner `enrolment`."""
    owner = enrolment.person.user
    assert owner is not None
    asked = personal.ask(
        enrolment.pk, PersonalField.LAST_NAME, "Vălean", proof=examined(), actor=owner, at=at
    )
    card = cards.issue(enrolment.pk, actor=owner, at=at)
    cards.put_photo(card.pk, examined("eu.jpg"), actor=owner, at=at)
    clerk = factories.user(roles.INFOCENTER)
    railcard = railcards.issue(enrolment.pk, "CFR 1", actor=clerk, at=at)
    communication.send(
        Audience(number=enrolment.matriculation_number),
        subject=("Anunț", ""),
        text=("Text", ""),
        expected=1,
        actor=clerk,
        at=at,
    )
    told = confidential.tell("S-a întâmplat ceva.", author=owner, at=at)
    rector = factories.user(roles.VICE_RECTOR)
    sent = confidential.send_on(
        told.pk, "De verificat.", faculty=factories.faculty("AC"), department=None, actor=rector, at=at
    )
    return {
        "studentrecords:profile_ask": {"field": "phone"},
        "studentrecords:profile_proof": {"asked": asked.pk},
        "studentrecords:card_check": {"code": card.code},
        "studentrecords:confidential_one": {"notice": told.pk},
        "studentrecords:confidential_act": {"notice": told.pk, "act": "answer"},
        "studentrecords:sent_on_one": {"forwarded": sent.pk},
        "admin:studentrecords_datarequest_proof": {"pk": asked.pk},
        "admin:studentrecords_datarequest_decide": {"pk": asked.pk, "act": "record"},
        "admin:studentrecords_datachange_correct": {"pk": enrolment.person_id},
        "admin:studentrecords_studentcard_take_back": {"pk": card.pk},
        "admin:studentrecords_railcard_act": {"pk": railcard.pk, "act": "visa"},
    }
