"""National identifiers that Presidio has no recognizer for: a shape, the check of python-stdnum, words of context.

A check over bare digits holds for one of ten numbers by chance: such an identifier needs a word of context. Those with
two check digits or a date in them, or with letters, do not when the check holds.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from typing import Any

from guard.redact.recognizers.shape import Shape

_TAX = ("tax", "tin", "vat", "tax id", "fiscal")
_NATIONAL = ("national", "identity", "personal number", "social security", "id number", "id card", "national id")

_BARE, _DATED = 0.3, 0.6
"""What a right check is worth without a word of context: over bare digits, and where it holds hardly by chance."""

# entity type, country, pattern, module of stdnum, what a right check is worth, words of context
_ROWS: tuple[tuple[str, str, str, str, float, tuple[str, ...]], ...] = (
    ("FR_NIR", "fr", r"[12] ?\d\d ?(?:[0-3]\d|4[0-2]|[5-9]\d) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d", "fr.nir", 0.9,
     ("nir", "sécurité sociale", "securite sociale", "numéro de sécu", "insee", *_NATIONAL)),
    ("FR_SIRET", "fr", r"\d{3} ?\d{3} ?\d{3} ?\d{5}", "fr.siret", _BARE, ("siret", "établissement")),
    ("FR_SIREN", "fr", r"\d{3} ?\d{3} ?\d{3}", "fr.siren", _BARE, ("siren", "rcs", "entreprise")),
    ("FR_TAX_ID", "fr", r"[0-3]\d ?\d\d ?\d{3} ?\d{3} ?\d{3}", "fr.nif", _BARE, ("fiscal", "spi", "impôts", *_TAX)),
    ("BE_NATIONAL_NUMBER", "be", r"\d\d[. ]?\d\d[. ]?\d\d[- ]?\d{3}[. ]?\d\d", "be.nn", _DATED,
     ("rijksregister", "registre national", "rijksregisternummer", *_NATIONAL)),
    ("NL_BSN", "nl", r"\d{9}|\d{4}[. ]\d\d[. ]\d{3}", "nl.bsn", _BARE, ("bsn", "burgerservicenummer", "sofi")),
    ("PT_NIF", "pt", r"[1-9]\d\d ?\d{3} ?\d{3}", "pt.nif", _BARE, ("nif", "contribuinte", *_TAX)),
    ("AT_SOCIAL_SECURITY", "at", r"[1-9]\d{3} ?\d{6}", "at.vnr", _BARE,
     ("svnr", "sozialversicherung", "sozialversicherungsnummer", "versicherungsnummer")),
    ("AT_TAX_ID", "at", r"\d\d-?\d{3}/?\d{4}", "at.tin", _BARE, ("steuernummer", "abgabenkontonummer", *_TAX)),
    ("CH_AHV", "ch", r"756[. ]?\d{4}[. ]?\d{4}[. ]?\d\d", "ch.ssn", 0.9, ("ahv", "avs", "oasi", *_NATIONAL)),
    ("DK_CPR", "dk", r"[0-3]\d[01]\d\d\d[- ]?\d{4}", "dk.cpr", _BARE, ("cpr", "personnummer", *_NATIONAL)),
    ("NO_FODSELSNUMMER", "no", r"[0-7]\d[0-9]\d{3} ?\d{5}", "no.fodselsnummer", _DATED,
     ("fødselsnummer", "fodselsnummer", "personnummer", *_NATIONAL)),
    ("SE_PERSONNUMMER", "se", r"(?:19|20)?\d\d[01]\d[0-3]\d[-+]\d{4}", "se.personnummer", _DATED, ("personnummer",)),
    ("IS_KENNITALA", "is", r"[0-7]\d[01]\d{3}[- ]?\d{4}", "is_.kennitala", _BARE, ("kennitala",)),
    ("IE_PPS", "ie", r"\d{7}[A-W][A-IW]?", "ie.pps", 0.7, ("pps", "ppsn", *_NATIONAL)),
    ("BR_CPF", "br", r"\d{3}\.\d{3}\.\d{3}-\d\d|\d{11}", "br.cpf", _DATED, ("cpf", *_TAX)),
    ("BR_CNPJ", "br", r"\d\d\.?\d{3}\.?\d{3}/?\d{4}-?\d\d", "br.cnpj", _DATED, ("cnpj", *_TAX)),
    ("MX_CURP", "mx", r"[A-Z][AEIOUX][A-Z]{2}\d{6}[HM][A-Z]{5}[A-Z\d]\d", "mx.curp", 0.95, ("curp",)),
    ("MX_RFC", "mx", r"[A-ZÑ&]{3,4}\d{6}[A-Z\d]{3}", "mx.rfc", 0.7, ("rfc", *_TAX)),
    ("AR_CUIT", "ar", r"(?:20|2[3-7]|3[034])-?\d{8}-?\d", "ar.cuit", _BARE, ("cuit", "cuil", *_TAX)),
    ("CL_RUT", "cl", r"\d{1,2}\.?\d{3}\.?\d{3}-[\dkK]", "cl.rut", 0.55, ("rut", "run", *_NATIONAL)),
    ("CO_NIT", "co", r"\d{3}\.?\d{3}\.?\d{3}-?\d", "co.nit", _BARE, ("nit", *_TAX)),
    ("CZ_RODNE_CISLO", "cz", r"\d{6}/\d{3,4}", "cz.rc", 0.55, ("rodné číslo", "rodne cislo", "rč")),
    ("RO_CNP", "ro", r"[1-9]\d\d[01]\d[0-3]\d{7}", "ro.cnp", _DATED, ("cnp", *_NATIONAL)),
    ("BG_EGN", "bg", r"\d\d[0-5]\d[0-3]\d{5}", "bg.egn", _BARE, ("egn", "егн", *_NATIONAL)),
    ("GR_AMKA", "gr", r"[0-3]\d[01]\d{8}", "gr.amka", _BARE, ("amka", "αμκα")),
    ("GR_AFM", "gr", r"\d{9}", "gr.vat", _BARE, ("afm", "αφμ", *_TAX)),
    ("HR_OIB", "hr", r"\d{11}", "hr.oib", _BARE, ("oib",)),
    ("EE_ISIKUKOOD", "ee", r"[1-6]\d\d[01]\d[0-3]\d{5}", "ee.ik", _BARE, ("isikukood", *_NATIONAL)),
    ("LT_ASMENS", "lt", r"[1-6]\d\d[01]\d[0-3]\d{5}", "lt.asmens", _BARE, ("asmens kodas", *_NATIONAL)),
    ("LV_PERSONAS_KODS", "lv", r"[0-3]\d[01]\d{3}-\d{5}", "lv.pvn", 0.55, ("personas kods", *_NATIONAL)),
    ("SI_EMSO", "si", r"[0-3]\d[01]\d{10}", "si.emso", _DATED, ("emšo", "emso")),
    ("HU_TAX_ID", "hu", r"8\d{9}", "", _BARE, ("adóazonosító", "adoazonosito", *_TAX)),
    ("IL_ID", "il", r"\d{9}", "il.idnr", _BARE, ("teudat zehut", "israeli id", "tz", *_NATIONAL)),
    ("JP_MY_NUMBER", "jp", r"\d{4}[ -]?\d{4}[ -]?\d{4}", "jp.in_", _BARE, ("my number", "individual number", "マイナンバー")),
    ("UA_RNTRC", "ua", r"\d{10}", "ua.rntrc", _BARE, ("рнокпп", "ідентифікаційний", "rnokpp", *_TAX)),
    ("NZ_IRD", "nz", r"\d{2,3}[- ]\d{3}[- ]\d{3}|\d{8,9}", "nz.ird", _BARE, ("ird",)),
    ("PL_NIP", "pl", r"\d{3}-\d{3}-\d\d-\d\d|\d{3}-\d\d-\d\d-\d{3}|\d{10}", "pl.nip", _BARE, ("nip", *_TAX)),
    ("PL_REGON", "pl", r"\d{9}|\d{14}", "pl.regon", _BARE, ("regon",)),
    ("PL_ID_CARD", "pl", r"[A-Z]{3} ?\d{6}", "", _BARE, ("dowód", "dowod", "dowodu", "polish id")),
    ("ES_CIF", "es", r"[ABCDEFGHJNPQRSUVW]-?\d{7}-?[0-9A-J]", "es.cif", 0.55, ("cif", "nif")),
    ("ES_SOCIAL_SECURITY", "es", r"\d\d[ /-]?\d{7,8}[ /-]?\d\d", "", _BARE, ("seguridad social", "nuss", "naf")),
    ("AU_DRIVER_LICENSE", "au", r"\d{8,10}", "", _BARE, ("australian driver", "driver licence")),
    ("US_EIN", "us", r"\d\d-\d{7}", "us.ein", _BARE, ("ein", "employer identification", "fein", "federal tax")),
    ("UK_UTR", "uk", r"\d{5} ?\d{5}", "gb.utr", _BARE, ("utr", "unique taxpayer", "self assessment")),
    ("UK_VAT", "uk", r"GB ?\d{3} ?\d{4} ?\d\d", "gb.vat", 0.9, ("vat",)),
)  # fmt: skip

# Written out with their own separators they are what they are, also with a wrong check digit.
_WRITTEN_OUT = (
    ("BR_CPF", "br", r"\d{3}\.\d{3}\.\d{3}-\d\d"),
    ("BR_CNPJ", "br", r"\d\d\.\d{3}\.\d{3}/\d{4}-\d\d"),
    ("CH_AHV", "ch", r"756\.\d{4}\.\d{4}\.\d\d"),
    ("BE_NATIONAL_NUMBER", "be", r"\d\d\.\d\d\.\d\d-\d{3}\.\d\d"),
    ("CL_RUT", "cl", r"\d{1,2}\.\d{3}\.\d{3}-[\dkK]"),
    ("FR_NIR", "fr", r"[12] \d\d (?:0[1-9]|1[0-2]) (?:\d\d|2[AB]) \d{3} \d{3}(?: \d\d)?"),
    ("MX_CURP", "mx", r"[A-Z][AEIOUX][A-Z]{2}\d\d[01]\d[0-3]\d[HM][A-Z]{5}[A-Z\d]\d"),
)

_EU = "AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK"


def _check(module: str) -> Callable[[str], bool]:
    def check(value: str) -> bool:
        # Imported when a number first looks like one: sixty small modules.
        found: Any = importlib.import_module(f"stdnum.{module}")
        return bool(found.is_valid(value.upper()))

    return check


def _shape(entity: str, country: str, pattern: str, module: str, checked: float, words: tuple[str, ...]) -> Shape:
    return Shape(
        entity,
        re.compile(rf"(?<![\w.-])(?:{pattern})(?![\w-]|\.\d)"),
        0.2,
        checked=checked,
        validate=_check(module) if module else None,
        context=tuple(dict.fromkeys(words)),
        near=0.85,
        check=f"stdnum.{module}" if module else "",
        country=country,
        failed=0.2,
    )


SHAPES = (
    *(_shape(*row) for row in _ROWS),
    *(
        Shape(entity, re.compile(rf"(?<![\w.-])(?:{pattern})(?![\w-]|\.\d)"), 0.55, name="written out", country=country)
        for entity, country, pattern in _WRITTEN_OUT
    ),
    Shape(
        "EU_VAT",
        re.compile(rf"(?<![\w.-])(?:{_EU})[ -]?\d[A-Z0-9]{{7,11}}(?![\w-]|\.\d)|(?<![\w.-])ATU\d{{8}}(?![\w-])"),
        0.2,
        checked=0.85,
        validate=_check("eu.vat"),
        context=("vat", "tva", "iva", "btw", "ust", "mwst", "moms", "nip"),
        check="stdnum.eu.vat",
        failed=0.2,
    ),
)
