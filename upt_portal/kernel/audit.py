"""The trace: who, when, from, to, why, for every act on a case; appended and hash-chained (CON-151)."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from upt_portal.kernel import compiled
from upt_portal.kernel.compiled import Hole, Read
from upt_portal.kernel.models import RecordRead, TraceEntry, TraceSeal
from upt_portal.kernel.references import reference

if TYPE_CHECKING:
    from upt_portal.accounts.models import User

START = "0" * 64
_LAST = Read(
    lambda: (
        TraceEntry.objects.filter(subject=Hole("subject")).order_by("-number").only("number", "digest")[:1]
    )
)
_SENTENCES: dict[str, Promise | str] = {}


def register_act(act: str, sentence: Promise | str) -> None:
    """Give an act ("contracting.validate") the sentence shown in histories; the last registration holds."""
    _SENTENCES[act] = sentence


def sentence_of(entry: TraceEntry) -> str:
    """The entry in the reader's language; an act without a sentence shows its name."""
    return str(_SENTENCES.get(entry.act, entry.act))


def acts() -> Mapping[str, Promise | str]:
    """Every registered act with its sentence."""
    return dict(_SENTENCES)


def _digest(entry: TraceEntry) -> str:
    content = [
        entry.previous,
        entry.subject,
        entry.number,
        entry.act,
        entry.actor_id,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.before,
        entry.after,
        entry.reason,
        entry.data,
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def record(
    thing: Model | str,
    act: str,
    *,
    actor: "User | None",
    at: datetime,
    before: str = "",
    after: str = "",
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> TraceEntry:
    """Append one act to the trace of a case, in the caller's transaction.

    thing: the case, or its reference; the caller holds its row lock, so numbers do not collide (a unique
    constraint is the last guard). actor: None when the portal acts by itself. at: aware.
    data: plain values, never a national number or a health reason.
    """
    act_done = Act(thing, act, actor, before=before, after=after, reason=reason, data=data or {})
    newest = _LAST.first(subject=act_done.subject)
    entry = _entry(act_done, (newest.number, newest.digest) if newest else (0, START), at)
    compiled.insert(entry)
    return entry


@dataclass(frozen=True)
class Act:
    """One act to append with others; its parts are those of `record`."""

    thing: Model | str
    act: str
    actor: "User | None" = None
    before: str = ""
    after: str = ""
    reason: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        return self.thing if isinstance(self.thing, str) else reference(self.thing)


def record_all(acts: Iterable[Act], *, at: datetime) -> list[TraceEntry]:
    """Append many acts in two queries; the caller holds the row lock of every case named."""
    acts = list(acts)
    subjects = {act.subject for act in acts}
    newest = TraceEntry.objects.filter(subject__in=subjects).order_by("subject", "-number")
    last = {
        subject: (number, digest)
        for subject, number, digest in newest.distinct("subject").values_list("subject", "number", "digest")
    }
    entries = []
    for act in acts:
        entry = _entry(act, last.get(act.subject, (0, START)), at)
        last[act.subject] = (entry.number, entry.digest)
        entries.append(entry)
    return TraceEntry.objects.bulk_create(entries)


def _entry(act: Act, last: tuple[int, str], at: datetime) -> TraceEntry:
    """The entry of an act after the last one of its case: its number and digest."""
    number, previous = last
    entry = TraceEntry(
        subject=act.subject,
        number=number + 1,
        act=act.act,
        actor=act.actor,
        at=at,
        before=str(act.before),
        after=str(act.after),
        reason=act.reason,
        data=dict(act.data),
        previous=previous,
    )
    entry.digest = _digest(entry)
    return entry


def trail(thing: Model | str) -> QuerySet[TraceEntry]:
    """The acts on a case, oldest first, with their actors."""
    subject = thing if isinstance(thing, str) else reference(thing)
    return TraceEntry.objects.filter(subject=subject).select_related("actor").order_by("number")


def broken_links(entries: Iterable[TraceEntry]) -> list[str]:
    """What is wrong with one case's chain, in words; an empty list when every entry stands as written."""
    faults: list[str] = []
    previous, number = START, 0
    for entry in entries:
        number += 1
        if entry.number != number:
            faults.append(_("entry %(n)s of %(case)s is missing") % {"n": number, "case": entry.subject})
            number = entry.number
        if entry.previous != previous or entry.digest != _digest(entry):
            faults.append(
                _("entry %(n)s of %(case)s was changed") % {"n": entry.number, "case": entry.subject}
            )
        previous = entry.digest
    return faults


@transaction.atomic
def seal(at: datetime) -> TraceSeal | None:
    """Seal all entries since the last seal in one digest; None when there is nothing new.

    Entries younger than the oldest running transaction may still appear with a lower number, so the seal
    keeps the ids it covers by count: `unsealed_faults` recounts them.
    """
    last = TraceSeal.objects.select_for_update().order_by("-last_id").first()
    fresh = list(
        TraceEntry.objects.filter(pk__gt=last.last_id if last else 0)
        .order_by("pk")
        .values_list("pk", "digest")
    )
    if not fresh:
        return None
    previous = last.digest if last else START
    body = previous + "".join(f"{pk}:{digest};" for pk, digest in fresh)
    return TraceSeal.objects.create(
        first_id=fresh[0][0],
        last_id=fresh[-1][0],
        entries=len(fresh),
        digest=hashlib.sha256(body.encode()).hexdigest(),
        previous=previous,
        at=at,
    )


def seal_faults() -> list[str]:
    """Seals whose entries no longer give the sealed digest, in words."""
    faults = []
    previous = START
    for stamp in TraceSeal.objects.order_by("last_id"):
        entries = TraceEntry.objects.filter(pk__gte=stamp.first_id, pk__lte=stamp.last_id).order_by("pk")
        body = previous + "".join(f"{pk}:{digest};" for pk, digest in entries.values_list("pk", "digest"))
        if stamp.previous != previous or hashlib.sha256(body.encode()).hexdigest() != stamp.digest:
            faults.append(_("the seal of %(day)s does not hold") % {"day": f"{stamp.at:%d.%m.%Y %H:%M}"})
        previous = stamp.digest
    return faults


_READS: dict[str, Promise | str] = {}


def register_read(what: str, words: Promise | str) -> None:
    """Give a kind of page ("contracting.case") the words under which its opening is shown to the person."""
    _READS[what] = words


def reads() -> Mapping[str, Promise | str]:
    """Every registered kind of page with its words."""
    return dict(_READS)


def read_in_words(what: str) -> str:
    """What was opened, in the reader's language; an unregistered kind is the file."""
    return str(_READS.get(what, gettext_lazy("your file")))


def record_reads(people: Iterable[int], *, reader: "User", what: str, at: datetime) -> None:
    """Note an export that carries whole records of many people (REC-053): one row for each, in one statement.

    people: accounts, by key. Once a day for each kind, never for oneself.
    """
    from upt_portal.kernel.clock import local_day

    rows = [
        RecordRead(person_id=pk, reader=reader, what=what, day=local_day(at), at=at)
        for pk in dict.fromkeys(people)
        if pk != reader.pk
    ]
    RecordRead.objects.bulk_create(rows, ignore_conflicts=True, batch_size=2000)


def record_read(person: "User", *, reader: "User", what: str, at: datetime) -> None:
    """Note that `reader` opened `person`'s file; once a day for each kind of page, never for oneself."""
    from upt_portal.kernel.clock import local_day

    if person.pk == reader.pk:
        return
    RecordRead.objects.bulk_create(
        [RecordRead(person=person, reader=reader, what=what, day=local_day(at), at=at)], ignore_conflicts=True
    )
