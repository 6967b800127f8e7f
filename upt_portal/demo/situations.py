"""The situations of the demonstration, each as the steps that lead there."""

from collections.abc import Callable
from datetime import timedelta

from contracting.services import offers, selection
from contracting.workflow import ContractingState
from upt_portal.demo.walk import Walk
from upt_portal.kernel import clock

Steps = Callable[[Walk], None]

QUESTION = (
    "Ați lăsat nebifată o disciplină din anul anterior. Intenționați să o contractați în anul universitar "
    "următor? Vă rugăm să confirmați, ca să putem aproba anexa."
)
WHY_EXTENDED = "Cererea nr. 214: în practică fără acces la internet în ultimele zile ale etapei 1."
WHY_VALIDATED_FOR = "Studentul a cerut la telefon validarea listei întregi; nu a avut acces la internet."
WHY_CHANGE = (
    "Lucrez cu normă întreagă și nu pot relua anul acesta disciplina; vă rog să o scoateți din anexă."
)
WHY_REJECTED = (
    "Lipsește semnătura de pe ultima pagină și scanarea nu este color. "
    "Vă rugăm să încărcați din nou documentul întreg."
)
WHY_MANDATORY = "Disciplina condiționează proiectul de diplomă; hotărârea consiliului departamentului."


def offered(walk: Walk) -> None:
    """The offer is made, nothing ticked off, nothing validated."""


def marked(walk: Walk) -> None:
    """The secretariat made the first row that may be left out mandatory (CON-024)."""
    line = next(line for line in walk.lines() if not line.mandatory)
    at = walk.moment(walk.campaign.stage1_from, walk.today, 0.3)
    with clock.shifted(at):
        offers.set_mandatory(line.pk, True, actor=walk.secretary, at=at, reason=WHY_MANDATORY)
    walk.case.refresh_from_db()


def waiting(walk: Walk) -> None:
    """Validated; the secretariat has not looked at it yet."""
    walk.validate(leave_out=walk.draw.choice((0, 0, 1)))


def clarification(walk: Walk) -> None:
    """The secretariat asked, the student has not answered."""
    walk.validate(leave_out=1)
    walk.ask(QUESTION)


def lapsed(walk: Walk) -> None:
    """Stage 1 went by without a validation."""
    walk.lapse()


def extended(walk: Walk) -> None:
    """Lapsed, then given three more days with a reason."""
    walk.lapse()
    at = min(walk.case.state_at + timedelta(hours=34), walk.now)
    with clock.shifted(at):
        selection.extend(
            walk.case.pk,
            until=walk.today + timedelta(days=3),
            reason=WHY_EXTENDED,
            actor=walk.secretary,
            at=at,
        )


def validated_for(walk: Walk) -> None:
    """Lapsed, then validated by the secretariat in the student's name."""
    walk.lapse()
    at = min(walk.case.state_at + timedelta(hours=36), walk.now)
    with clock.shifted(at):
        selection.validate_for(walk.case.pk, reason=WHY_VALIDATED_FOR, actor=walk.secretary, at=at)


def change_asked(walk: Walk) -> None:
    """A change was asked for; the dean's decision is awaited."""
    walk.validate()
    walk.ask_change(WHY_CHANGE)


def change_approved(walk: Walk) -> None:
    """The dean approved a change; the secretariat applies it in stage 3."""
    walk.validate()
    walk.approve_change(walk.ask_change(WHY_CHANGE))


def ready(walk: Walk) -> None:
    """The papers are made and wait for a signature; those with nothing to validate have them at once."""
    if walk.case.state == ContractingState.OFFERED:
        walk.validate(leave_out=walk.draw.choice((0, 0, 1)))
        walk.approve(walk.draw.uniform(0.5, 0.95))


def changed(walk: Walk) -> None:
    """The annex was replaced by a second version after an approved change."""
    walk.validate()
    walk.approve(0.6)
    asked = walk.ask_change(WHY_CHANGE)
    walk.approve_change(asked)
    walk.apply_change(asked)


def uploaded(walk: Walk) -> None:
    """The signed scan is in; the secretariat checks it, the sums can be paid."""
    ready(walk)
    walk.upload()


def rejected(walk: Walk) -> None:
    """The scan was returned with a reason."""
    ready(walk)
    walk.reject(walk.upload(spoilt=True), WHY_REJECTED)


def contracted(walk: Walk) -> None:
    """The scan was accepted; what is owed is to be paid, and nothing owed settles the case."""
    ready(walk)
    walk.accept(walk.upload())


def paid(walk: Walk) -> None:
    """Accepted and paid: settled."""
    contracted(walk)
    walk.pay()


SITUATIONS: dict[str, Steps] = {
    steps.__name__: steps
    for steps in (
        offered,
        marked,
        waiting,
        clarification,
        lapsed,
        extended,
        validated_for,
        change_asked,
        change_approved,
        ready,
        changed,
        uploaded,
        rejected,
        contracted,
        paid,
    )
}
