"""What names of columns and cells say about people, in several languages."""

from __future__ import annotations

from clientela.audit.lexicon import vocabulary

BIRTH = vocabulary(
    "birthdate, birthday, birth date, date of birth, dob, geburtsdatum, geburtstag, geboren, gebdat, "
    "nacimiento, fecha nacimiento, fecha de nacimiento, naissance, date naissance, date de naissance, nascita, "
    "data nascita, data di nascita, nascimento, geboortedatum, fodelsedatum, fodselsdato, data urodzenia, syntymaaika"
)
PHONE = vocabulary(
    "phone, telephone, telefon, telefonnummer, telefonnr, mobile number, mobile phone, mobilnummer, handynummer, "
    "cellphone, cell phone, msisdn, fax, telefono, celular, cellulare, telefoon, "
    "whatsapp, puhelin"
)
NATIONAL = vocabulary(
    "ssn, social security, social security number, passport, passport number, reisepass, personalausweis, ausweis, "
    "ausweisnummer, national id, nationalid, id card, identity card, tax id, taxid, steuer id, steuerid, "
    "steueridentifikationsnummer, steuernummer, sozialversicherungsnummer, svnr, dni, "
    "codice fiscale, codicefiscale, bsn, burgerservicenummer, pesel, personnummer, personnr, cpf, curp, "
    "driver licence, driver license, driving licence, fuhrerschein, licence plate, license plate, number plate, "
    "kennzeichen, nhs number, insurance number, versicherungsnummer, iban, kontonummer, credit card, card number"
)
ADDRESS = vocabulary(
    "address, adresse, anschrift, hausnummer, street address, home address, billing address, "
    "shipping address, lieferadresse, rechnungsadresse, direccion, domicilio, indirizzo, morada, adres"
)
GIVEN = vocabulary(
    "first name, last name, firstname, lastname, surname, forename, given name, family name, middle name, maiden name, "
    "full name, fullname, customer name, client name, user name, username, nickname, contact name, vorname, "
    "nachname, familienname, vollstandiger name, kundenname, benutzername, ansprechpartner, apellido, "
    "apellidos, prenom, nom de famille, cognome, sobrenome, voornaam, achternaam, imie, nazwisko, fornavn, "
    "etternavn, fornamn, efternamn"
)
WHOLE = {
    "birth date": vocabulary("birth, born, naissance, nascita"),
    "phone number": vocabulary("tel, handy, mobile, movil, portable"),
    "national or document number": vocabulary("nir, nie, nif, cpr, ahv, pan"),
    "postal address": vocabulary("street, strasse, calle, rue, via"),
    "name of a person": vocabulary("login, nombre, nom, nome, twitter, instagram, facebook, linkedin"),
}
"""Words that say so only where they are the whole name."""
PLACE = vocabulary(
    "latitude, longitude, lat, lon, lng, long, geo lat, geo lon, geolat, geolon, breitengrad, langengrad, breite, "
    "lange, latitud, longitud, latitudine, longitudine, coordinates, koordinaten, coord"
)
QUASI = vocabulary(
    "age, alter, edad, eta, leeftijd, birth year, year of birth, yob, geburtsjahr, jahrgang, annee naissance, "
    "gender, sex, geschlecht, genero, sexo, sexe, genere, sesso, geslacht, salutation, anrede, zip, zip code, zipcode, "
    "zip3, postal code, postcode, post code, plz, postleitzahl, codigo postal, code postal, cap, city, town, stadt, "
    "ort, wohnort, ciudad, ville, citta, stad, region, state, province, county, district, bundesland, landkreis, "
    "provincia, departement, country, land, pais, pays, paese, nationality, nationalitat, citizenship, ethnicity, "
    "race, religion, job, occupation, profession, beruf, branche, employer, arbeitgeber, profesion, professione, "
    "education, bildung, bildungsabschluss, educacion, marital, marital status, familienstand, estado civil, "
    "household, haushalt, haushaltsgrosse, children, kinder, kids, dependents, income, einkommen, gehalt, salary, "
    "language, sprache, idioma, langue, lingua, browser, operating system, operatingsystem, operating systems, os, "
    "device model, user agent, screen, screen resolution, resolution, carrier, isp, provider, timezone, time zone"
)
FIRST_NAMES = vocabulary(
    "adam, alex, alexander, alexandra, alice, alina, amelia, amelie, amy, ana, anastasia, andrea, andreas, andrew, "
    "andrzej, angela, anita, anja, anke, ann, anna, anne, annika, anthony, anton, antonia, antonio, arthur, astrid, "
    "axel, barbara, beate, ben, benjamin, bernd, birgit, bjorn, brian, brigitte, bruno, camille, carl, carla, "
    "carlos, carmen, carolin, caroline, catherine, cem, charles, charlotte, chiara, chloe, chris, christian, "
    "christina, christine, christoph, christopher, claire, clara, claudia, claus, clemens, cornelia, dagmar, "
    "daniel, daniela, david, deborah, dennis, diana, diego, dieter, dirk, dominik, donna, doris, dorothea, edward, "
    "elena, elias, elisa, elisabeth, elizabeth, ella, emil, emilia, emily, emma, eric, erik, erika, ernst, "
    "esra, eva, evelyn, fabian, fatma, felix, florian, francesca, francesco, francisco, francois, frank, franz, "
    "franziska, frederik, friedrich, fritz, gabriel, gabriela, gabriele, georg, george, gerhard, gisela, giulia, "
    "giuseppe, grace, greta, gunther, hanna, hannah, hans, harald, harry, heike, heinrich, heinz, helen, helena, "
    "helga, helmut, henrik, henry, herbert, holger, horst, hugo, ian, ines, ingrid, irene, isabel, isabelle, ivan, "
    "jack, jacob, jakob, james, jan, jana, janine, jean, jennifer, jens, jessica, joachim, joan, joanna, joe, "
    "johan, johann, johanna, johannes, john, jonas, jonathan, jorge, jose, josef, joseph, juan, julia, julian, "
    "juliane, julie, jurgen, jürgen, karen, karin, karl, karsten, katarina, katharina, kathrin, katja, katrin, "
    "kenneth, kerstin, kevin, klara, klaus, konrad, kristin, kurt, lars, laura, lea, leah, lena, leo, leon, leonie, "
    "lina, linda, lisa, lothar, louis, louise, luca, lucas, lucia, lucy, luigi, luis, luisa, lukas, lukasz, mads, "
    "magdalena, maja, malte, manfred, manuel, manuela, marc, marcel, marco, marcus, margaret, maria, marie, mario, "
    "marion, markus, marta, martha, martin, martina, mary, mateo, mathias, matteo, matthew, matthias, "
    "maurice, maximilian, mehmet, melanie, mia, michael, michaela, michal, michel, miguel, mila, moritz, "
    "mustafa, nadine, nancy, natalia, nathalie, nele, nicholas, nick, nicola, nicolas, nicole, niels, nils, nina, "
    "noah, nora, norbert, oliver, olivia, oscar, oskar, pablo, paola, patricia, patrick, patrizia, paul, paula, "
    "paulina, pedro, peter, petra, philip, philipp, philippe, pia, pierre, piotr, rachel, rafael, rainer, ralf, "
    "ramona, raphael, rebecca, regina, reinhard, renate, rene, ricardo, richard, rita, robert, roberto, robin, "
    "roland, rolf, roman, ronald, rosemarie, rudi, rudolf, ruth, ryan, sabine, sabrina, samuel, sandra, "
    "sara, sarah, sascha, sebastian, silke, silvia, simon, simone, sofia, sofie, sonja, sophia, sophie, stefan, "
    "stefanie, stephan, stephanie, stephen, steven, susan, susanne, sven, svenja, sylvia, tanja, tatjana, theo, "
    "theodor, theresa, thomas, thorsten, tim, timo, tina, tobias, tom, tomas, torsten, udo, ulrich, ulrike, ursula, "
    "ute, uwe, valentin, valentina, vanessa, vera, verena, veronika, victor, victoria, viktor, vincent, volker, "
    "walter, werner, wilhelm, william, wolfgang, xavier, yannick, yvonne, zoe"
)
"""Common first names, in lower case."""
