"""What column names say, in several languages."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SPLIT = re.compile(r"[^a-z0-9]+")
_JOINED = re.compile(
    r"(visitor|customer|user|client|member|account|device|session|visit|order|invoice|transaction|receipt|ticket|booking|"
    r"product|article|item|line|row|position|kunde|besuch|sitzung|bestell(?:ung)?|rechnung|auftrag|beleg|buchung|artikel|"
    r"produkt|geraet|gerat|zeile|pedido|factura|cliente|commande|facture|ordine|fattura|klant|bestelling)"
    r"(?:s|n|en)?(id|ids|nr|no|num|nummer|number|code|key|kennung)$"
)
"""A thing and its number written as one word."""


@lru_cache(maxsize=20_000)
def words(name: str) -> tuple[str, ...]:
    """Return the words of a column name in lower case, without accents.

    >>> words("CustomerID"), words("Umsatz_Größe 2024")
    (('customer', 'id'), ('umsatz', 'grosse', '2024'))
    >>> words("Auftragsnr")
    ('auftrag', 'nr')
    """
    plain = unicodedata.normalize("NFKD", _CAMEL.sub(" ", name).replace("ß", "ss"))
    lowered = "".join(char for char in plain if not unicodedata.combining(char)).lower()
    return tuple(part for word in _SPLIT.split(lowered) if word for part in _parted(word))


def _parted(word: str) -> tuple[str, ...]:
    found = _JOINED.match(word)
    return found.group(1, 2) if found else (word,)


@lru_cache(maxsize=50_000)
def mentions(name: str, vocabulary: frozenset[str]) -> bool:
    """Tell whether a name holds one of the words (or a phrase of words joined by a blank).

    >>> mentions("order value", frozenset({"order value"}))
    True
    """
    found = words(name)
    joined = f" {' '.join(found)} "
    return any(f" {phrase} " in joined for phrase in vocabulary) if found else False


def vocabulary(text: str) -> frozenset[str]:
    """Return the phrases of a text parted by commas."""
    return frozenset(part.strip() for part in text.split(","))


ID = vocabulary(
    "id, ids, uuid, guid, key, nummer, no, nr, number, kennung, schluessel, identifier, num, code, hash, token"
)
VISITOR = vocabulary(
    "visitor, customer, user, client, member, person, contact, account, cookie, shopper, subscriber, browser id, "
    "kunde, kunden, kundennummer, kundennr, besucher, nutzer, benutzer, person id, cliente, usuario, visitante, "
    "visiteur, utilisateur, utente, visitatore, klant, gebruiker, device id, userid, customerid, visitorid, clientid"
)
VISIT = vocabulary(
    "visit, session, hit, besuch, sitzung, sesion, seance, sessione, visita, sessie, visitid, sessionid, event, "
    "row, record, case, datensatz, pageview, impression"
)
ORDER = vocabulary(
    "order, orders, invoice, transaction, receipt, basket id, booking, bestellung, bestell, rechnung, auftrag, beleg, "
    "bon, buchung, pedido, factura, commande, facture, fattura, ordine, bestelling"
)
POSITION = vocabulary(
    "position, pos, line, line no, line number, item no, item number, line item, sequence, seq, step, position nr, "
    "zeile, zeilen nr, posten, schritt, linea, ligne, posicion, posizione, riga, regel, laufende nummer, lfd nr"
)
DEVICE = vocabulary(
    "device, sensor, machine, station, meter, unit id, vehicle, terminal, geraet, gerat, maschine, anlage, zahler, "
    "zaehler, fahrzeug, capteur, appareil, maquina, dispositivo, macchina, sensore, apparaat"
)
TIME = vocabulary(
    "date, time, datetime, timestamp, ts, day, datum, zeit, uhrzeit, zeitpunkt, zeitstempel, tag, fecha, hora, heure, "
    "jour, data, giorno, ora, tijd, created, created at, visited at, started at, start"
)
CALENDAR = vocabulary(
    "month, year, week, weekday, hour, quarter, weekend, day of week, dow, monat, jahr, woche, wochentag, stunde, "
    "quartal, mes, ano, semana, mois, annee, semaine, day, tag, minute"
)
MONEY = vocabulary(
    "revenue, umsatz, erlos, erloes, sales, spend, spent, spending, amount, betrag, turnover, gmv, order value, "
    "basket value, cart value, warenwert, bestellwert, warenkorbwert, ingreso, ingresos, ventas, importe, montant, "
    "chiffre, ca, fatturato, importo, ricavo, omzet, bedrag, purchase value, transaction value, order total"
)
LABEL = vocabulary(
    "label, target, y, class, klasse, zielvariable, ziel, outcome, response, revenue group, revenue class, "
    "revenue segment, revenue band, revenue tier, revenue bucket, umsatzgruppe, umsatzklasse, umsatz gruppe, "
    "umsatz klasse, value group, spend group, value class, objetivo, cible"
)
DID = vocabulary(
    "revenue, converted, conversion, converts, convert, churn, churned, purchase, purchased, bought, buyer, responded, "
    "clicked, click, subscribed, deposit, ordered, gekauft, kauf, kaeufer, kaufer, konvertiert, gekundigt, "
    "gekuendigt, reagiert, compra, comprado, achat, achete, acquisto, acquistato, visit, signup, sale, is buyer, won"
)
GROUPING = vocabulary(
    "group, class, band, tier, bucket, segment, level, gruppe, klasse, stufe, kategorie, category, range"
)
TREATMENT = vocabulary(
    "treatment, variant, arm, experiment, test group, ab group, ab, variante, testgruppe, exposure, campaign arm"
)
CONTROL = vocabulary(
    "control, no e mail, no email, holdout, placebo, kontrolle, kontrollgruppe, no treatment, baseline"
)
AFTER = vocabulary(
    "payment, paid, invoice, refund, refunded, return, returned, returns, delivery, delivered, shipping, shipped, "
    "fulfilment, fulfillment, order id, order number, transaction id, coupon redeemed, review, rating after, nps, "
    "cancelled, cancellation, complaint, confirmation, checkout completed, zahlung, zahlungsart, bezahlt, rechnung, "
    "retoure, retourniert, ruckgabe, lieferung, lieferzeit, versand, bewertung, storno, after, post purchase, pago, "
    "envio, devolucion, paiement, livraison, retour, pagamento, spedizione, reso, days to delivery, thank you"
)
TOTALS = vocabulary(
    "duration, exit, bounce, dwell, session length, time on site, pages viewed, total pages, dauer, verweildauer, "
    "absprung, ausstieg, duracion, duree, durata, exit rate, exit rates, bounce rates, page values, page value, dur, "
    "sess len, session len, visit len, visit length, total time, time total, time tot, tot time, time spent, "
    "time on page total, tot time on page, sitzung dauer, sitzungsdauer, besuchsdauer, gesamtdauer, gesamtzeit, "
    "tiempo total, temps total, temps passe, tempo totale"
)
UNITS = vocabulary(
    "count, counts, number, num, anzahl, days, tage, months, monate, years, jahre, age, alter, recency, frequency, "
    "hour, stunde, minute, minutes, day, tag, month, monat, year, jahr, week, woche, weekday, wochentag, quantity, "
    "menge, pages, views, visits, clicks, orders, items, children, kinder, size, rank, score, rating, stars, duration"
)
PERSONAL = vocabulary(
    "email, e mail, mail, phone, telephone, telefon, telefonnummer, mobile number, handynummer, first name, last name, "
    "firstname, lastname, surname, vorname, nachname, full name, customer name, ip, ip address, address, adresse, "
    "street, strasse, hausnummer, birthdate, birthday, date of birth, dob, geburtsdatum, iban, credit card, ssn, "
    "passport, correo, telefono, direccion, apellido, prenom, nom, adresse mail, cognome, nome, indirizzo"
)
PAST = vocabulary(
    "last, previous, prior, past, history, historic, historical, avg, average, mean, lifetime, former, before, since, "
    "letzte, letzter, letztes, vorher, bisher, bisherig, fruher, durchschnitt, mittel, ultimo, anterior, precedent, "
    "passe, prev, cost, kosten, budget, score, index, ytd, 12m, 30d, power, per capita"
)
NO_ZERO = vocabulary(
    "age, alter, edad, leeftijd, weight, gewicht, peso, poids, height, grosse, groesse, taille, altura, year, jahr, "
    "birth year, geburtsjahr, month, rating, stars, sterne, bewertung, rank, rang, household size"
)
