"""What kind of source a block likely came from, by the words in its names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clientela.audit.checking import Block
from clientela.audit.lexicon import CALENDAR, TIME, VISITOR, mentions, vocabulary
from clientela.domain.column import Storage
from clientela.domain.roles import Roles

GEOGRAPHY = vocabulary(
    "city, town, country, region, state, province, county, district, area, zone, zip, zip code, postcode, postal, "
    "postal code, place, location, geo, lat, lon, latitude, longitude, household, hh, purchasing power, population, "
    "density, branch, store, shop, site, stadt, ort, land, bundesland, kreis, gebiet, plz, postleitzahl, filiale, "
    "haushalt, kaufkraft, einwohner, ciudad, pais, provincia, codigo postal, ville, pays, departement, magasin, "
    "code postal, citta, paese, regione, cap, negozio, stad, gemeente, winkel"
)
WEATHER = vocabulary(
    "weather, temp, temperature, rain, snow, wind, sun, sunshine, humidity, sky, cloud, wetter, temperatur, regen, "
    "schnee, holiday, holidays, season, vacation, feiertag, ferien, saison, festivo, feries, ferie, meteo, clima"
)
PRODUCT = vocabulary(
    "product, item, sku, article, brand, model, stock code, ean, gtin, asin, category, price, margin, stock, "
    "supplier, produkt, artikel, marke, warengruppe, preis, lager, lieferant, producto, articulo, marca, precio, "
    "produit, marque, prix, prodotto, articolo, prezzo, merk, prijs"
)
CUSTOMER = VISITOR | vocabulary(
    "crm, age, birth year, gender, sex, loyalty, tier, newsletter, tenure, lifetime, segment, affinity, aff, member "
    "since, score, since, alter, geschlecht, anrede, treue, kundenwert, edad, sexo, sexe, eta, leeftijd"
)
CAMPAIGN = vocabulary(
    "campaign, cmp, utm, ad, ads, adgroup, ad group, creative, banner, placement, keyword, channel, chan, medium, "
    "source, cpc, cpm, budget, affiliate, promo, promotion, coupon, kampagne, anzeige, kanal, werbung, campana, "
    "campagne, canal, campagna, annuncio"
)

KINDS = (
    ("calendar", TIME | CALENDAR | WEATHER),
    ("campaign", CAMPAIGN),
    ("product", PRODUCT),
    ("customer", CUSTOMER),
    ("geography", GEOGRAPHY),
)

LIVE = {
    "calendar": "known before the visit where the day's values are at hand that day, else the forecast",
    "geography": "known only where the place is: from the address, or roughly from the network",
    "customer": "known only for visitors who are recognised",
    "product": "known during the visit, once the product is looked at, where the catalogue is at hand",
    "campaign": "known as the visit begins, from the link that was clicked",
    "unknown": "to be asked",
}


@dataclass(frozen=True)
class Kind:
    """A likely kind of source.

    Attributes:
        name: "calendar", "geography", "customer", "product", "campaign" or "unknown".
        because: What speaks for it: the key or the columns whose names say so.
        live: Whether a live decision can know it.
    """

    name: str
    because: str
    live: str


def kind_of(block: Block, roles: Roles) -> Kind:
    """Guess the kind of a block's source: from its key, else from the names of most of its columns.

    A moment says calendar, the visitor's identifier customer; other keys speak by their names.

    Args:
        block: The block.
        roles: Roles of the columns.
    """
    if any(roles.column(name).storage in (Storage.TIMESTAMP, Storage.DATE) for name in block.key_columns):
        return _kind("calendar", f"the key is {block.key}")
    if roles.visitor in block.key_columns:
        return _kind("customer", f"the key {roles.visitor} names the visitor")
    by_key = _said(block.key_columns)
    if by_key:
        return _kind(by_key[0], f"the key is called {block.key}")
    by_columns = _said(block.columns)
    if by_columns and len(by_columns[1]) * 3 >= len(block.columns):
        return _kind(by_columns[0], f"{', '.join(by_columns[1][:3])} by name")
    return _kind("unknown", "neither key nor columns say by their names")


def _said(names: Sequence[str]) -> tuple[str, list[str]] | None:
    found = [(kind, [name for name in names if mentions(name, known)]) for kind, known in KINDS]
    best = max(found, key=lambda item: len(item[1]))
    return best if best[1] else None


def _kind(name: str, because: str) -> Kind:
    return Kind(name, because, LIVE[name])
