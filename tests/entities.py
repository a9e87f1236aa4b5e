"""The table of docs/reference/entities.md: `python -m tests.entities --write` writes it anew."""

from __future__ import annotations

import sys
from pathlib import Path

from guard.redact import presidio
from guard.redact.catalogue import catalogue, secrets
from guard.redact.recognizers import SHAPES
from guard.redact.recognizers.secret import RULES

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "entities.md"
START, END = "<!-- table -->\n", "<!-- end -->\n"
SECRETS_START, SECRETS_END = "<!-- secrets -->\n", "<!-- end of secrets -->\n"

# A value of each that is nobody's: published as an example, or made for this table.
EXAMPLES: dict[str, str] = {
    "BE_NATIONAL_NUMBER": "rijksregisternummer 85.07.30-033.28",
    "BR_CNPJ": "16.727.230/0001-97",
    "BR_CPF": "231.002.999-00",
    "CA_SIN": "SIN 123-456-782",
    "CH_AHV": "756.9217.0769.85",
    "CREDIT_CARD": "4111 1111 1111 1111",
    "CRYPTO": "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
    "DE_TAX_ID": "Steuer-ID 36574261809",
    "DK_CPR": "CPR 211062-5629",
    "EMAIL_ADDRESS": "ada@example.org",
    "ES_NIF": "54362315K",
    "FR_NIR": "2 95 10 99 126 111 93",
    "FR_SIREN": "SIREN 552 008 443",
    "FR_SIRET": "SIRET 732 829 320 00074",
    "IBAN_CODE": "DE89 3704 0044 0532 0130 00",
    "IE_PPS": "PPS 6433435F",
    "IMEI": "IMEI 35-686800-004141-8",
    "IN_PAN": "PAN ABCPE1234F",
    "IP_ADDRESS": "192.0.2.7",
    "MAC_ADDRESS": "00:1B:44:11:3A:B7",
    "MX_CURP": "BOXW310820HNERXN09",
    "NL_BSN": "BSN 111222333",
    "NO_FODSELSNUMMER": "fødselsnummer 15108695088",
    "PHONE_NUMBER": "+1 415 555 0132",
    "PL_PESEL": "PESEL 44051401359",
    "PT_NIF": "NIF 501964843",
    "SG_NRIC_FIN": "S1234567D",
    "STREET_ADDRESS": "12 Main Street",
    "SWIFT_CODE": "BIC DEUTDEFF",
    "TR_NATIONAL_ID": "TC kimlik 17291716060",
    "UK_NHS": "NHS 943 476 5919",
    "UK_NINO": "AB 12 34 56 C",
    "US_EIN": "EIN 91-1144442",
    "US_NPI": "NPI 1234567893",
    "US_SSN": "078-05-1120",
    "VIN": "1M8GDM9AXKP042788",
}


def table() -> str:
    """The table as it should be."""
    lines = ["| type | countries | check | without context | example |", "| --- | --- | --- | --- | --- |"]
    for each in catalogue((*SHAPES, *presidio.shapes(("all",))), 0.4):
        cells = (
            f"`{each.entity_type}`",
            ", ".join(each.countries),
            ", ".join(each.checks),
            "no" if each.needs_context else "yes",
            f"`{EXAMPLES[each.entity_type]}`" if each.entity_type in EXAMPLES else "",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def secrets_table() -> str:
    """The table of secrets as it should be. A seed phrase has no rule: it is words of a list, with a checksum."""
    lines = ["| type | rules |", "| --- | --- |"]
    lines += [f"| `{kind}` | {', '.join(names)} |" for kind, names in secrets(RULES.rules)]
    return "\n".join([*lines, "| `SEED_PHRASE` | seed-phrase |"]) + "\n"


def main() -> None:
    text = PAGE.read_text(encoding="utf-8")
    new = _put(_put(text, START, table(), END), SECRETS_START, secrets_table(), SECRETS_END)
    if "--write" in sys.argv:
        PAGE.write_text(new, encoding="utf-8")
    elif new != text:
        sys.exit("The table is not up to date. Run: python -m tests.entities --write")


def _put(text: str, start: str, what: str, end: str) -> str:
    before, _, rest = text.partition(start)
    return before + start + what + end + rest.partition(end)[2]


if __name__ == "__main__":
    main()
