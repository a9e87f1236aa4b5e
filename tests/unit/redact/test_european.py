"""Labels, titles and greetings of six languages say where a name is."""

from __future__ import annotations

import pytest

from guard.errors import DetectorError
from guard.redact.european import EuropeanLabelsDetector


@pytest.mark.parametrize(
    ("entity_type", "marked"),
    [
        ("PERSON", "Vorname: {Jürgen}\nNachname: Groß"),
        ("PERSON", "Sehr geehrte Frau Dr. {Müller-Lüdenscheidt}, vielen Dank"),
        ("PERSON", "Mit freundlichen Grüßen\n\n{Änne von der Heide}"),
        ("PERSON", "Nom : {Élodie Lefèvre}"),
        ("PERSON", "Je m'appelle {Zoé Martin} et je"),
        ("PERSON", "Cordialement, {Benoît Dupont}"),
        ("PERSON", "Apellidos: {Rico Pedrosa}."),
        ("PERSON", "la Sra. {García de la Fuente} llegó"),
        ("PERSON", "Mi chiamo {Chiara Bianchi}."),
        ("PERSON", "Imię i nazwisko: {Łukasz Żak}"),
        ("PERSON", "Z poważaniem,\n{Agnieszka Nowak}"),
        ("STREET_ADDRESS", "Domicilio: {Av. de la Paz, 13}.\nLocalidad: Soria"),
        ("STREET_ADDRESS", "Anschrift: {Hauptstr. 12, 10115 Berlin}\n"),
        ("AGE", "Edad: {46 años}."),
        ("AGE", "paciente de {46 años} que"),
        ("AGE", "eine {46-jährige} Frau"),
        ("DATE_TIME", "Date de naissance : {12/03/1981}"),
        ("DATE_TIME", "geboren am {3. März 1981} in Ulm"),
    ],
)
async def test_it_finds(entity_type: str, marked: str) -> None:
    before, _, rest = marked.partition("{")
    value, _, after = rest.rpartition("}")
    (spans,) = await EuropeanLabelsDetector().detect([before + value + after])
    held = [s for s in spans if (s.start, s.end) == (len(before), len(before) + len(value))]
    assert [s.entity_type for s in held] == [entity_type]
    assert all(s.explanation and s.explanation.pattern for s in held)


@pytest.mark.parametrize(
    "text",
    ["Sehr geehrte Damen und Herren", "Der Nachname ist ein Pflichtfeld.", "Nombre: -", "Saludos a todos",
     "Frau und Kind", "nom = x", "Liebe Grüße", "contrato de 3 meses"],
)  # fmt: skip
async def test_it_lets_pass(text: str) -> None:
    assert await EuropeanLabelsDetector().detect([text]) == [[]]


async def test_what_it_raises_holds_no_text() -> None:
    with pytest.raises(DetectorError) as caught:
        await EuropeanLabelsDetector().detect([b"secretive"])  # type: ignore[list-item]
    assert "secretive" not in str(caught.value)
