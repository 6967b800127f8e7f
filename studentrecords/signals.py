"""What the records tell upper rooms, and their own averages and promotions, as it happens."""

from django.dispatch import Signal

#: Results were posted or decided: `catalogue`, `rows` (of the catalogue, with their result), `at`. Sent
#: inside the transaction of the act, after the record of what is passed has followed (REC-203, REC-222).
results_posted = Signal()
