"""Columns that are known only after what they belong to: by their names, and dates by lying later."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from clientela.audit.facts import ColumnFacts, Facts
from clientela.audit.lexicon import mentions, vocabulary, words
from clientela.domain.column import Role, Storage
from clientela.domain.roles import Roles

DAY = 86_400.0
LEAST_ROWS = 30
ALWAYS = 0.995
MOSTLY = 0.5

_STEMS = (
    "refund chargeback complain fulfil deliver dunning ruckgabe rueckgabe rucksend ruecksend retour storn kundig "
    "kuendig mahnung gemahnt bewertung erstatt gutschrift lieferdat lieferzeit lieferstat lieferung geliefert zustell "
    "versandt versanddat bezahlt zahlungseingang zahlungsdat zahlungsstat reklam beschwerde inkasso zufriedenheit "
    "abwander widerruf rembours resili annulation annule livraison reclamation desabonn reembols devoluc devuelt "
    "cancel anulac anulad entrega reclamac pagado impago valoracion rimbors disdett annullat consegn pagato recension "
    "terugbetal opzeg levering geleverd klacht betaald beoordel devolucao reclamacao zwrot dostaw reklamac"
)
"""What a name holds somewhere in a word, compounds included, in several languages."""

_WORDS = vocabulary(
    "return, returned, returns, returned at, churn, churned, churner, paid, paid at, paid on, unpaid, overdue, "
    "shipped, ship date, shipped at, shipping date, nps, csat, satisfaction, review, reviewed, rating, stars given, "
    "feedback, dispute, disputed, rma, rtn, rtrn, cxl, canc, cncl, cancld, dlv, dlvd, dlvr, dlvry, dlvrd, rfnd, rfd, "
    "chrn, shpd, baja, fecha baja, queja, avis, litige, paye, payee, livre le, reso, reclamo, mahnstufe, "
    "ersatzlieferung, complaint, post purchase, after purchase, after sale, aftersales, afterwards, nachkauf, nach "
    "kauf, apres achat, paid date, payment date, date paid, settled, settled at, outcome date, closed at, close date, "
    "resolved"
)
_BEFORE = vocabulary(
    "last, latest, previous, prev, prior, past, history, historic, historical, avg, average, mean, lifetime, former, "
    "before, letzte, letzter, letztes, letzten, vorher, bisher, bisherige, fruher, frueher, durchschnitt, mittel, "
    "ultimo, ultima, anterior, precedent, passe, 12m, 6m, 3m, 30d, 90d, 365d, ytd, num, n, count, nb, anzahl, rate, "
    "quote, total, policy, cost, costs, kosten, fee, method, option, type, art, address, adresse, country, region, "
    "estimated, expected, promised, free, predicted, risk, propensity, prob, probability, likelihood, allowed, "
    "product rating, product, artikel, since, days since, wunsch, preferred, reason for visit"
)
PLANNED = vocabulary(
    "check in, checkin, check out, checkout date, arrival, departure, travel, trip, event, appointment, due, expiry, "
    "expires, expiration, valid, until, end, ends, deadline, scheduled, planned, plan, target, next, renewal, termin, "
    "anreise, abreise, reise, fallig, faellig, ablauf, gultig, gueltig, bis, ende, fin, echeance, arrivee, depart, "
    "vencimiento, llegada, salida, scadenza, vervaldatum, wunschtermin, delivery slot, expected, estimated, promised"
)
"""Dates that are set at once although they lie ahead."""

_HELD = re.compile("|".join(_STEMS.split()))


@dataclass(frozen=True)
class Later:
    """Columns known only afterwards.

    Attributes:
        named: By their name.
        dated: Dates that lie after the row's own time: share of the rows with both where they do.
    """

    named: tuple[str, ...]
    dated: dict[str, float]


def says_afterwards(name: str) -> bool:
    """Tell whether a name says that the column is filled after a purchase, a visit or a contract.

    >>> says_afterwards("Rückgabedatum"), says_afterwards("dlvd_dt"), says_afterwards("previous_returns")
    (True, True, False)
    """
    if of_before(name):
        return False
    found = words(name)
    if found and found[-1] == "score" and any(word.startswith(("churn", "cancel", "kundig")) for word in found):
        return False
    return mentions(name, _WORDS) or any(_HELD.search(word) for word in found)


def of_before(name: str) -> bool:
    """Tell whether a name makes it the past of a person, a rule of the shop, or a guess."""
    return mentions(name, _BEFORE)


def find_later(facts: Facts, roles: Roles) -> Later:
    """Find columns known only afterwards, by name and by date.

    A date counts that lies after the row's own time on 99.5 % of the rows that have both, and on another day or
    later in the day on half of them (were it unrelated it would lie before on some); dates that are set ahead
    (appointment, due date) by their names do not.

    Args:
        facts: What the table seam said.
        roles: Roles; only features, ignored columns and further dates are looked at.
    """
    looked = [c for c in roles.columns if c.role in (Role.FEATURE, Role.IGNORED, Role.TIME, Role.OUTCOME)]
    names = [c.name for c in looked if c.name not in (roles.time, roles.label, roles.revenue)]
    names = [name for name in names if facts.columns[name].filled]
    named = tuple(name for name in names if says_afterwards(name))
    dated: dict[str, float] = {}
    if roles.time is not None and facts.columns[roles.time].storage.temporal:
        for name in names:
            column = facts.columns[name]
            if column.storage.temporal and not mentions(name, PLANNED):
                share = _after(facts, column, facts.columns[roles.time])
                if share >= ALWAYS:
                    dated[name] = share
    return Later(named, dated)


def _after(facts: Facts, column: ColumnFacts, time: ColumnFacts) -> float:
    """Return the share of rows where a date does not lie before the time; 0 where it hardly lies after it."""
    late, early = facts.arrays.numbers[column.name], facts.arrays.numbers[time.name]
    known = ~np.isnan(late) & ~np.isnan(early)
    late, early = late[known], early[known]
    if late.size < LEAST_ROWS:
        return 0.0
    if Storage.DATE in (column.storage, time.storage):
        late, early = np.floor(late / DAY), np.floor(early / DAY)
    return float((late >= early).mean()) if (late > early).mean() >= MOSTLY else 0.0
