"""Names, addresses and dates of birth after the labels, titles and greetings of German, French, Spanish, Italian, Polish and
Portuguese: shapes alone, for text that the English tagger does not know."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from guard.model import Explanation, Span
from guard.redact.scanned import scanned

_WORD = r"[A-ZÀ-ÖØ-ÞĀ-ŽŁŚŻŹĆ](?:[\w'’\-]{1,30}|\.)"
_PARTICLE = r"(?:de la|de los|von der|van der|de|del|della|di|da|dos|du|von|zu|van|le|la|y|e)"
_NAME = rf"(?P<v>{_WORD}(?:[ ](?:{_PARTICLE}[ ])?{_WORD}){{0,4}})"
_SIGN = r"[ \t]{0,2}[:=][ \t]{0,4}"
_TITLES = r"(?:(?:Dr|Prof|Dra|Ing|Dipl)\.[ \t]?(?:med\.[ \t]?)?){0,2}"

_LABEL = (
    "Vorname|Nachname|Familienname|Geburtsname|Patientin|Kundin|Kunde|Ansprechpartner(?:in)?|"
    r"Empfänger(?:in)?|Absender(?:in)?|"
    "Kontoinhaber(?:in)?|Nom de famille|Nom|Prénoms?|Destinataire|Patiente|Titulaire|Médecin|Nombre y apellidos|Nombre|"
    "Apellidos?|Paciente|Titular|Destinatario|Médico|Remitido por|Nome e cognome|Nome|Cognome|Paziente|"
    r"Intestatario|Medico|"
    "Imię i nazwisko|Imię|Nazwisko|Pacjent(?:ka)?|Adresat|Odbiorca|Sobrenome|Responsable|Firmado"
)
_PERSON = (
    ("label", 0.8, re.compile(rf"(?<!\w)(?P<label>{_LABEL}){_SIGN}{_TITLES}{_NAME}")),
    (
        "introduction",
        0.8,
        re.compile(
            r"(?<!\w)(?P<label>(?i:ich heiße|mein name ist|je m['’]appelle|mon nom est|me llamo|mi nombre es|mi chiamo|"
            rf"il mio nome è|nazywam się|mam na imię|meu nome é|chamo-me))[ ]{_NAME}"
        ),
    ),
    (
        "title",
        0.75,
        re.compile(
            r"(?<![\w.])(?P<label>Herrn?|Frau|Mme|Mlle|Monsieur|Madame|Mademoiselle|Sra?\.|Srta\.|"
            r"Señora?|Señorita|Doña|Dña\.|Dra?\.|"
            rf"Sig\.(?:ra)?|Signor[ae]?|Dott\.(?:ssa)?|Szanowny Panie|Szanowna Pani|Sehr geehrter?|"
            rf"Liebe[r]?)[ ]{_TITLES}"
            rf"(?!(?:Damen|Grüße|Frau|Herr|Kund|Kolleg|Freund|Le\b|La\b)){_NAME}"
        ),
    ),
    (
        "signature",
        0.7,
        re.compile(
            r"(?P<label>Cordialement|Bien à vous|Mit freundlichen Grüßen|Freundliche Grüße|Viele Grüße|"
            r"Beste Grüße|Liebe Grüße|"
            r"Saludos cordiales|Un saludo|Saludos|Atentamente|Cordiali saluti|Distinti saluti|"
            r"Z poważaniem|Pozdrawiam|Atenciosamente)"
            rf",?[ \t]{{0,4}}\n{{0,3}}[ \t]{{0,4}}(?<=[\s,]){_NAME}"
        ),
    ),
)
_ADDRESS = re.compile(
    r"(?<!\w)(?P<label>Adresse|Anschrift|Wohnhaft in|Dirección|Domicilio|Indirizzo|Residenza|"
    r"Adres(?: zamieszkania)?|Endereço|Morada)"
    r"[ \t]{0,2}:[ \t]{0,4}(?P<v>\w[^\n:;]{3,80}?)(?=[.;]?[ \t]*(?:\n|$)|;|\.[ ][A-ZÀ-Þ]\w{2,20}:)"
)
_BIRTH = re.compile(
    r"(?<!\w)(?P<label>(?i:geburtsdatum|geboren am|date de naissance|née? le|fecha de nacimiento|"
    r"data di nascita|nat[oa] il|"
    r"data urodzenia|data de nascimento))[ \t]{0,2}:?[ \t]{0,4}"
    r"(?P<v>\d{1,2}[./\- ]{1,2}(?:\d{1,2}|[^\W\d_]{3,12})[./\- ]{1,2}\d{2,4}|\d{4}-\d{2}-\d{2})"
)
_AGE = re.compile(
    r"(?<!\w)(?P<label>(?:Edad|Alter|Âge|Età|Wiek|Idade)[ \t]{0,2}:[ \t]{0,4}|(?:de|di) (?=\d{1,3} (?:años|anni)))"
    r"(?P<v>\d{1,3}(?:[ ](?:años|ans|Jahre|anni|lat|anos))?)(?![\w.,]*\d)"
    r"|(?P<v2>(?<!\w)\d{1,3}(?:[ ]Jahre alt|-jährige[nrms]?))"
)


class EuropeanLabelsDetector:
    """Detector over labels and greetings. It looks at all text: a label says enough of its language."""

    model_id = "guard-european-labels/1"

    async def detect(self, texts: Sequence[str], language: str = "") -> list[list[Span]]:
        """See `Detector`; the language changes nothing."""
        return await scanned(_spans, texts)

    async def aclose(self) -> None:
        return None


def _spans(text: str) -> Iterator[Span]:
    for name, score, pattern in _PERSON:
        for match in pattern.finditer(text):
            yield _span(match, "PERSON", name, score)
    for match in _ADDRESS.finditer(text):
        yield _span(match, "STREET_ADDRESS", "address_label", 0.75)
    for match in _BIRTH.finditer(text):
        yield _span(match, "DATE_TIME", "birth_label", 0.85)

    for match in _AGE.finditer(text):
        yield _span(match, "AGE", "age", 0.7)


def _span(match: re.Match[str], entity_type: str, name: str, score: float) -> Span:
    explanation = Explanation(name, score, "", (match.group("label") or "").strip(" :\t"))
    return Span(*match.span(match.lastgroup or "v"), entity_type, score, f"european/{name}", explanation)
