"""The hosted pages as HTML: card, bank confirmation, closed. No scripts, no inline styles."""

from dataclasses import dataclass, field
from html import escape
from urllib.parse import urlsplit

from fees.sandbox.cards import CARDS, Card, Outcome
from fees.sandbox.store import Thing
from fees.sandbox.words import WORDS, money

FRAME = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title} – {payee}</title>
<link rel="stylesheet" href="/assets/sandbox.css">
</head>
<body>
<div class="wrap">
<header><strong>{payee}</strong><nav aria-label="{language_label}">{switch}</nav></header>
<main>
<p class="note">{note}</p>
{main}
</main>
</div>
</body>
</html>
"""
NAMES = {"ro": "Română", "en": "English"}


@dataclass(frozen=True)
class Face:
    """What a page is drawn from. problems: field -> key of its sentence; alarm: key for the whole form."""

    session: Thing
    lines: list[Thing]
    language: str
    problems: dict[str, str] = field(default_factory=dict)
    alarm: str = ""

    def say(self, key: str, **blanks: str) -> str:
        return escape(WORDS[self.language][key].format(**blanks))

    @property
    def total(self) -> str:
        return money(self.session["amount_total"], self.session["currency"], self.language)


def language_of(session: Thing, asked: str) -> str:
    """The language asked for in the address, else that of the session, else Romanian."""
    wanted = (asked, str(session.get("locale") or "")[:2])
    return next((language for language in wanted if language in WORDS), "ro")


def policy(session: Thing | None) -> str:
    """Content-Security-Policy of a hosted page; the form may end in a redirect to the merchant's site."""
    targets = {"'self'"}
    for address in (session or {}).get("success_url"), (session or {}).get("cancel_url"):
        if address:
            parts = urlsplit(address)
            targets.add(f"{parts.scheme}://{parts.netloc}")
    return (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action {' '.join(sorted(targets))}"
    )


def card_page(face: Face) -> str:
    fields = "".join(
        (
            _field(face, "number", "cc-number"),
            _field(face, "expiry", "cc-exp", hint=True),
            _field(face, "code", "cc-csc", hint=True),
        )
    )
    main = (
        f'<div class="columns"><section class="panel"><h2>{face.say("for")}</h2>'
        f'<p class="sum">{escape(face.total)}</p>{_lines(face)}</section>'
        f'<section><h1>{face.say("title")}</h1>{_summary(face)}<form method="post" novalidate>{fields}'
        f'<button class="main">{face.say("pay", sum=face.total)}</button></form>'
        f'<p class="quiet"><a href="{escape(face.session["cancel_url"])}">{face.say("back")}</a></p>'
        f"<h2>{face.say('cards')}</h2>{_cards(face)}</section></div>"
    )
    return _frame(face, "title", main, wrong=bool(face.problems or face.alarm))


def bank_page(face: Face, last4: str) -> str:
    text = face.say("bank_text", sum=face.total, payee=WORDS[face.language]["payee"], last4=last4)
    main = (
        f'<h1>{face.say("bank_title")}</h1><div class="panel"><p>{text}</p><form method="post">'
        f'<button class="main" name="answer" value="yes">{face.say("bank_yes")}</button>'
        f'<button class="second" name="answer" value="no">{face.say("bank_no")}</button></form></div>'
    )
    return _frame(face, "bank_title", main)


def closed_page(face: Face) -> str:
    """The session is complete or expired."""
    status = face.session["status"]
    target = face.session["success_url" if status == "complete" else "cancel_url"]
    address = escape(target.replace("{CHECKOUT_SESSION_ID}", face.session["id"]))
    main = (
        f"<h1>{face.say(f'{status}_title')}</h1><p>{face.say(f'{status}_text')}</p>"
        f'<p><a class="button main" href="{address}">{face.say("return")}</a></p>'
    )
    return _frame(face, f"{status}_title", main)


def desk_page(charges: list[Thing], refunds: list[Thing], disputes: list[Thing], language: str) -> str:
    """The provider's dashboard: every payment with what can be done to it there."""
    face = Face({"id": ""}, [], language if language in WORDS else "ro")
    rows = "".join(_desk_row(face, charge, refunds, disputes) for charge in charges)
    heads = "".join(f"<th scope='col'>{face.say(f'desk_{name}')}</th>" for name in DESK_COLUMNS)
    table = f"<table class='cards'><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    body = table if rows else f"<p>{face.say('desk_empty')}</p>"
    main = f"<h1>{face.say('desk_title')}</h1>{body}"
    return _frame(face, "desk_title", main, note="desk_note")


DESK_COLUMNS = ("payment", "sum", "back", "acts")


def _desk_row(face: Face, charge: Thing, refunds: list[Thing], disputes: list[Thing]) -> str:
    def sum_of(hundredths: int) -> str:
        return money(hundredths, charge["currency"], face.language)

    left = charge["amount"] - charge["amount_refunded"]
    own = [one for one in disputes if one["charge"] == charge["id"]]
    acts = [(f"refund/{charge['id']}", face.say("desk_refund", sum=sum_of(left)))] if left else []
    if left and not charge.get("disputed"):
        acts.append((f"dispute/{charge['id']}", face.say("desk_dispute")))
    for one in own:
        if one["status"] in ("won", "lost"):
            continue
        acts += [(f"{end}/{one['id']}", face.say(f"desk_{end}")) for end in ("won", "lost")]
    for one in refunds:
        if one["charge"] == charge["id"] and one["status"] == "pending":
            acts.append((f"succeeded/{one['id']}", face.say("desk_arrived")))
        if one["charge"] == charge["id"] and one["status"] in ("pending", "succeeded"):
            acts.append((f"failed/{one['id']}", face.say("desk_failed")))
    buttons = "".join(
        f'<form method="post" action="/dashboard/{path}"><button class="second">{words}</button></form>'
        for path, words in acts
    )
    return (
        f"<tr><th scope='row'>{escape(charge['payment_intent'])}</th>"
        f"<td>{escape(sum_of(charge['amount']))}</td>"
        f"<td>{escape(sum_of(charge['amount_refunded']))}</td><td>{buttons}</td></tr>"
    )


def missing_page(language: str) -> str:
    face = Face({"id": ""}, [], language)
    main = f"<h1>{face.say('missing_title')}</h1><p>{face.say('missing_text')}</p>"
    return _frame(face, "missing_title", main)


def _frame(face: Face, title: str, main: str, *, wrong: bool = False, note: str = "note") -> str:
    switch = "".join(
        f'<a href="?lang={code}" lang="{code}" hreflang="{code}"'
        f"{' aria-current=true' if code == face.language else ''}>{name}</a>"
        for code, name in NAMES.items()
    )
    before = f"{face.say('error')} " if wrong else ""
    return FRAME.format(
        language=face.language,
        title=before + face.say(title),
        payee=face.say("payee"),
        note=face.say(note),
        language_label=face.say("language"),
        switch=switch,
        main=main,
    )


def _lines(face: Face) -> str:
    rows = "".join(
        f"<tr><th scope='row'>{escape(line['name'])}</th>"
        f"<td>{escape(money(line['amount_total'], face.session['currency'], face.language))}</td></tr>"
        for line in face.lines
    )
    total = f"<tr><th scope='row'>{face.say('total')}</th><td>{escape(face.total)}</td></tr>"
    return f"<table><tbody>{rows}</tbody><tfoot>{total}</tfoot></table>"


def _summary(face: Face) -> str:
    if face.alarm:
        words = f"<p>{face.say(face.alarm)}</p>"
    elif face.problems:
        items = (f'<li><a href="#{name}">{face.say(key)}</a></li>' for name, key in face.problems.items())
        words = f"<ul>{''.join(items)}</ul>"
    else:
        return ""
    return f'<div class="summary" role="alert"><h2>{face.say("problem")}</h2>{words}</div>'


def _field(face: Face, name: str, autocomplete: str, *, hint: bool = False) -> str:
    problem = face.problems.get(name)
    told = [f"{name}-{part}" for part, there in (("hint", hint), ("wrong", problem)) if there]
    described = f' aria-describedby="{" ".join(told)}"' if told else ""
    below = f'<span class="hint" id="{name}-hint">{face.say(f"{name}_hint")}</span>' if hint else ""
    if problem:
        below += (
            f'<span class="wrong" id="{name}-wrong"><span class="hidden">{face.say("error")} </span>'
            f"{face.say(problem)}</span>"
        )
    return (
        f'<div class="field{" faulty" if problem else ""}"><label for="{name}">{face.say(name)}</label>'
        f'{below}<input id="{name}" name="{name}" type="text" inputmode="numeric"'
        f' autocomplete="{autocomplete}"{"" if name == "number" else " class=short"}{described}'
        f"{' aria-invalid=true' if problem else ''}></div>"
    )


def _cards(face: Face) -> str:
    rows = "".join(
        f"<tr><th scope='row'>{_spaced(card.number)}</th><td>{face.say(_deed(card))}</td></tr>"
        for card in CARDS.values()
    )
    return f'<table class="cards"><tbody>{rows}</tbody></table>'


def _deed(card: Card) -> str:
    if card.outcome is Outcome.DECLINED:
        return "card_poor" if card.decline_code == "insufficient_funds" else "card_declined"
    if card.later:
        return f"card_{card.later}"
    return "card_works" if card.outcome is Outcome.PAID else "card_asks"


def _spaced(number: str) -> str:
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))
