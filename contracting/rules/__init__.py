"""The rulebook of contracting: plain values in, plain values out, the article in sight.

offer.py       which rows a student is offered, by which route, for how much
selection.py   what a set of ticks is worth, and whether it may be validated
campaign.py    the dates of a campaign, the student's situation and the stages that lead through it
windows.py     what may be done at a given moment, and until when
documents.py   the papers of a case: which are wanted, which are still missing, what a change may touch

Nothing here imports Django, and nothing is re-exported: callers name the module they need.
"""
