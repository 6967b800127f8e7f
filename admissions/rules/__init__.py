"""The rulebook of admissions: plain values in, plain values and answers out, the article in sight.

states.py        the words for states, kinds, cycles and channels that the other modules share
dates.py         the legal day, terms of days and hours, the caps of an academic year, lateness
windows.py       which window of the calendar covers an offer, what is open now, and until when
eligibility.py   citizenship, passport, diploma, the certificate of a current graduate, how many dossiers
papers.py        the documents by letter, the set a dossier needs, translations, forms and waivers
language.py      which proof of the teaching language counts
money.py         the processing fee, the tuition and its term, the ministry's share
transmission.py  what must hold before the deanery sees a dossier, and what the deanery may do
reapplying.py    the single free re-application
ministry.py      the list for the ministry, the acceptance letter and what it is good for
visa.py          the embassy certificate, the visa term and its recalculation, the notice of refusal
choice.py        refund or deferred entry, which exclude each other
refunds.py       grounds and terms of a refund, who may ask, what becomes of the dossier
check_sheet.py   the conditions of a refund one by one, for the Board
refund_papers.py the papers of a refund, the account and the mandate of a third party
enrolment.py     what must hold before enrolment, and how originals are legalised
leaving.py       withdrawal before enrolment and the hand-back of papers
afterwards.py    a change of status after enrolment

Figures that the university may change are arguments. Nothing here imports Django or asks what time it is.
"""
