"""Invented people: common names put together by a seeded draw, generated CNPs, addresses made of names.

Nobody here exists. The same seed gives the same people in the same order.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from upt_portal.kernel.cnp import make_cnp
from upt_portal.kernel.names import search_key

SEED = 20262027


def _names(file: str) -> tuple[str, ...]:
    return tuple(Path(__file__).with_name("names").joinpath(file).read_text(encoding="utf-8").split())


FAMILY, WOMEN, MEN = _names("family.txt"), _names("women.txt"), _names("men.txt")
#: (country, family names, women, men) of third-country students; transcribed as in passports.
ABROAD = (
    ("MD", ("Rusnac", "Ceban", "Gîscă"), ("Doina", "Cristina"), ("Ion", "Artiom")),
    ("TN", ("Ben Amor", "Trabelsi", "Mejri"), ("Amira", "Rania"), ("Youssef", "Karim")),
    ("IN", ("Sharma", "Iyer", "Nair"), ("Ananya", "Divya"), ("Rohan", "Arjun")),
    ("TR", ("Yıldız", "Aydın", "Demirci"), ("Elif", "Zeynep"), ("Emre", "Kerem")),
)
COUNTIES = (35, 11, 2, 20, 18, 5)  # Timiș, Caraș-Severin, Arad, Hunedoara, Gorj, Bihor


@dataclass(frozen=True)
class Invented:
    """Somebody who does not exist. sex: "M" or "F"; citizenship: ISO code of the country."""

    first_name: str
    last_name: str
    father_initial: str
    sex: str
    born: date
    cnp: str
    citizenship: str
    phone: str


class People:
    """A stream of invented people; each has a CNP and an address nobody else has."""

    def __init__(self, seed: int = SEED) -> None:
        self.draw = Random(seed)  # noqa: S311  the draw must be repeatable, it keeps no secret
        self._serials: dict[tuple[date, str, int], int] = {}
        self._addresses: dict[str, int] = {}

    def invent(
        self,
        *,
        born_in: int,
        first_name: str = "",
        last_name: str = "",
        sex: str = "",
        citizenship: str = "RO",
    ) -> Invented:
        """One more person, born in that year; what is named is kept, the rest is drawn."""
        sex = sex or self.draw.choice("FM")
        families, women, men = _names_of(citizenship)
        born = date(born_in, 1, 1) + timedelta(days=self.draw.randrange(365))
        county = self.draw.choice(COUNTIES)
        return Invented(
            first_name=first_name or self._given(women if sex == "F" else men, citizenship),
            last_name=last_name or self.draw.choice(families),
            father_initial=f"{self.draw.choice('ABCDEGILMNOPRSTV')}.",
            sex=sex,
            born=born,
            cnp=self._cnp(born, sex, county, resident=citizenship != "RO"),
            citizenship=citizenship,
            phone=f"07{self.draw.randrange(20, 80)} 000 {self.draw.randrange(100, 1000)}",
        )

    def address(self, first_name: str, last_name: str, domain: str) -> str:
        """An e-mail address made of the name, without diacritics: prenume.nume, prenume.nume2 …"""
        local = ".".join(search_key(name).replace(" ", "-") for name in (first_name.split()[0], last_name))
        taken = self._addresses[f"{local}@{domain}"] = self._addresses.get(f"{local}@{domain}", 0) + 1
        return f"{local}{taken if taken > 1 else ''}@{domain}"

    def _given(self, names: tuple[str, ...], citizenship: str) -> str:
        first = self.draw.choice(names)
        if citizenship != "RO" or self.draw.random() > 0.25:
            return first
        second = self.draw.choice(names)
        return f"{first} {second}" if second != first else first

    def _cnp(self, born: date, sex: str, county: int, *, resident: bool) -> str:
        key = (born, sex, county)
        serial = self._serials[key] = self._serials.get(key, 0) + 1
        return make_cnp(born, sex, county, serial, resident=resident)


def _names_of(citizenship: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Family names, women's and men's given names of a country; Romanian ones where none are listed."""
    for country, families, women, men in ABROAD:
        if country == citizenship:
            return families, women, men
    return FAMILY, WOMEN, MEN


def sex_of(first_name: str) -> str:
    """ "F" for a woman's name of the lists, else "M"."""
    women = {*WOMEN, *(name for _country, _families, names, _men in ABROAD for name in names)}
    return "F" if first_name in women else "M"


def shares(parts: dict[str, int], total: int) -> dict[str, int]:
    """`total` divided in proportion to `parts`, whole numbers that add up (largest remainders first)."""
    whole = sum(parts.values())
    exact = {name: part * total / whole for name, part in parts.items()}
    given = {name: int(share) for name, share in exact.items()}
    left = total - sum(given.values())
    for name in sorted(exact, key=lambda name: (given[name] - exact[name], name))[:left]:
        given[name] += 1
    return given


def in_turn(total: int, size: int) -> Iterator[int]:
    """Numbers from 1 for `total` things put in groups of at most `size`: 1, 1, … 2, 2, …"""
    yield from (index // size + 1 for index in range(total))
