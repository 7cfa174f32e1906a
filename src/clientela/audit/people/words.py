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
    "aaron, abdul, adam, adriana, agata, agnieszka, ahmed, ahmet, aisha, albert, alejandro, alessandro, alex, "
    "alexander, alexandra, ali, alice, alicja, alina, amanda, amelia, amelie, amit, amy, ana, anastasia, anders, "
    "andre, andrea, andreas, andres, andrew, andrzej, angela, anita, anja, anjali, anke, ankit, ann, anna, anne, "
    "anne-marie, annika, anthony, anton, antonia, antonio, arjun, arnaud, arthur, asli, astrid, axel, aylin, ayse, "
    "barbara, bartosz, beate, beatriz, ben, benjamin, bernd, birgit, bjoern, bjorn, bo, brenda, brian, brigitte, "
    "bruno, burak, camille, carl, carla, carlos, carmen, carol, carolin, caroline, catherine, cecilia, cem, charles, "
    "charlotte, chen, chiara, chloe, chris, christian, christina, christine, christoph, christopher, claire, clara, "
    "claudia, claus, clemens, cornelia, cristina, cynthia, dagmar, daniel, daniela, dariusz, david, davide, deborah, "
    "deepak, denise, dennis, diana, diego, dieter, dirk, dmitri, dominik, donna, doris, dorota, dorothea, duncan, "
    "edith, eduardo, edward, elena, elias, elif, elisa, elisabeth, elizabeth, ella, emil, emilia, emily, emine, emma, "
    "emre, eric, erik, erika, erin, ernst, esra, eva, evelyn, ewa, fabian, fatima, fatma, federica, federico, felix, "
    "fernando, filip, florian, francesca, francesco, francisco, francois, frank, franz, franziska, frederik, "
    "friedrich, fritz, gabriel, gabriela, gabriele, gary, georg, george, gerhard, gisela, giulia, giuseppe, grace, "
    "greta, gunther, hanna, hannah, hans, harald, harry, heike, heinrich, heinz, helen, helena, helga, helmut, "
    "henrik, henry, herbert, hiroshi, holger, horst, hugo, ian, ibrahim, ignacio, igor, ines, ingrid, irene, irina, "
    "isabel, isabella, isabelle, istvan, ivan, jack, jacob, jakob, james, jan, jana, janine, jason, javier, jean, "
    "jeffrey, jennifer, jens, jessica, jesus, jing, joachim, joan, joana, joanna, joao, joe, johan, johann, johanna, "
    "johannes, john, jolanta, jonas, jonathan, jordan, jorge, jose, josef, joseph, joshua, juan, julia, julian, "
    "juliane, julie, jurgen, justin, kamil, karen, karin, karl, karsten, katarina, katarzyna, katharina, kathleen, "
    "kathrin, katja, katrin, kenji, kenneth, kerstin, kevin, kim, klara, klaus, konrad, kristin, krzysztof, kurt, "
    "lars, laszlo, laura, lea, leah, lena, leo, leon, leonie, li, lin, lina, linda, lisa, lorenzo, lothar, louis, "
    "louise, luca, lucas, lucia, lucy, luigi, luis, luisa, lukas, lukasz, maciej, mads, magdalena, maja, malgorzata, "
    "malte, manfred, manuel, manuela, marc, marcel, marco, marcus, marek, margaret, maria, marie, mario, marion, "
    "markus, marta, martha, martin, martina, mary, mateo, mateusz, mathias, matteo, matthew, matthias, maurice, "
    "maximilian, megan, mehdi, mehmet, mei, melanie, mia, michael, michaela, michal, michel, miguel, mila, mohamed, "
    "mohammed, monika, moritz, muhammad, murat, mustafa, nadine, nancy, natalia, natasha, nathalie, neha, nele, "
    "nicholas, nick, nicola, nicolas, nicole, niels, nils, nina, noah, nora, norbert, nuno, olga, oliver, olivia, "
    "omar, oscar, oskar, pablo, pamela, paola, patricia, patrick, patrizia, paul, paula, paulina, pawel, pedro, "
    "peter, petra, philip, philipp, philippe, pia, pierre, pilar, piotr, priya, rachel, rafael, rahul, rainer, raj, "
    "rajesh, ralf, ramona, raphael, rebecca, regina, reinhard, renate, rene, ricardo, richard, rita, robert, roberto, "
    "robin, roland, rolf, roman, ronald, rosa, rosemarie, rudi, rudolf, ruth, ryan, sabine, sabrina, sakura, "
    "samantha, samuel, sandra, sanjay, sara, sarah, sascha, scott, sebastian, sergei, sergio, sharon, silke, silvia, "
    "simon, simone, sofia, sofie, sonja, sophia, sophie, stefan, stefanie, stephan, stephanie, stephen, steven, "
    "sunita, susan, susana, susanne, sven, svenja, svetlana, sylvia, tanja, tatjana, theo, theodor, theresa, thomas, "
    "thorsten, tiago, tim, timo, tina, tobias, tom, tomas, tomasz, torsten, tyler, udo, ulrich, ulrike, ursula, ute, "
    "uwe, valentin, valentina, vanessa, vera, verena, veronika, victor, victoria, viktor, vincent, volker, walter, "
    "wei, werner, wilhelm, william, wolfgang, xavier, yannick, yuki, yusuf, yvonne, zeynep, zoe, zofia"
)
"""Common first names, in lower case."""
