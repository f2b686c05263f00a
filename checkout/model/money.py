"""Amounts in minor units with their currency, as Stripe counts them.

Which currencies have no or three decimals, and the two that Stripe counts in hundredths although people write
them whole, is Stripe's "Supported currencies" page; the least amounts are its "Minimum charge amounts".
"""

import re
from decimal import Decimal

from checkout.errors import InvalidAmount
from checkout.sentence import joined, t
from checkout.values import value

ZERO_DECIMAL = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())
THREE_DECIMAL = frozenset("bhd jod kwd omr tnd".split())
WHOLE_IN_HUNDREDTHS = frozenset({"isk", "ugx"})
TWO_DECIMAL = frozenset(
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop"
    " crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr jmd kes kgs"
    " khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab"
    " pen pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs"
    " uah usd uyu uzs wst xcd yer zar zmw".split()
)
CURRENCIES = ZERO_DECIMAL | THREE_DECIMAL | WHOLE_IN_HUNDREDTHS | TWO_DECIMAL

MINIMUM = {
    "usd": 50, "aed": 200, "ars": 50, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "cop": 50, "czk": 1500,
    "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "idr": 50, "ils": 50, "inr": 50, "jpy": 50, "krw": 50,
    "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "php": 50, "pln": 200, "ron": 200, "rub": 50, "sek": 300,
    "sgd": 50, "thb": 1000, "zar": 50,
}  # fmt: skip
# Eight digits, but where Stripe names more: a million rupiah are sixty euros.
MAXIMUM = 99_999_999
MORE_DIGITS = {"idr": 12, "lbp": 11, "cop": 10, "huf": 10, "jpy": 10, "inr": 9}


def minor_digits(currency: str) -> int:
    """How many decimal digits Stripe's minor unit has."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def written_digits(currency: str) -> int:
    """How many decimals people may write."""
    if currency in WHOLE_IN_HUNDREDTHS:
        return 0
    return 2 if currency in THREE_DECIMAL else minor_digits(currency)


@value(frozen=True, slots=True)
class Money:
    """``amount`` in Stripe's minor units of ``currency`` (lower case)."""

    amount: int
    currency: str

    @property
    def major(self) -> Decimal:
        """The amount as people write it."""
        return Decimal(self.amount).scaleb(-minor_digits(self.currency))


def least_charged(currency: str) -> Money:
    """What Stripe charges at least in ``currency`` (lower case)."""
    return Money(MINIMUM.get(currency, 1), currency)


def most_charged(currency: str) -> Money:
    """What Stripe charges at once at most in ``currency`` (lower case)."""
    digits = MORE_DIGITS.get(currency)
    return Money(10**digits - 1 if digits else MAXIMUM, currency)


# As the shop itself writes them, in either language.
SIGNS = {
    "€": "eur", "$": "usd", "£": "gbp", "¥": "jpy", "₽": "rub", "₴": "uah", "฿": "thb", "₪": "ils", "₹": "inr",
    "₩": "krw", "₫": "vnd", "₱": "php", "A$": "aud", "R$": "brl", "CA$": "cad", "CN¥": "cny", "EC$": "xcd",
    "HK$": "hkd", "MX$": "mxn", "NT$": "twd", "NZ$": "nzd", "FCFA": "xaf", "F\u202fCFA": "xof", "CFPF": "xpf",
    "US$": "usd", "ЕВРО": "eur", "EUROS": "eur", "EURO": "eur", "РУБЛЕЙ": "rub", "РУБ.": "rub", "РУБ": "rub",
    "円": "jpy",
}  # fmt: skip
CURRENCY = "|".join([*map(re.escape, SIGNS), "[A-Za-z]{3}"])
# No points or commas between thousands: 1,000 would be a thousand for some people and one for others.
WHOLE = r"[0-9]{1,12}|[0-9]{1,3}(?:\s[0-9]{3}){1,3}"
AMOUNT = re.compile(
    rf"\s*+({CURRENCY})?\s*(-?)({WHOLE})(?:[.,]([0-9]{{1,12}}))?\.?\s*+({CURRENCY})?\.?\s*", re.IGNORECASE
)
# What keyboards make of these: the wide forms of East Asian ones, and a longer dash for a minus.
AS_PLAIN = str.maketrans(
    {0xFF01 + number: 0x21 + number for number in range(94)}
    | dict.fromkeys(map(ord, "−–—"), "-")
    | {"￥": "¥", "￡": "£", "￦": "₩"}
)

AS_LATIN = str.maketrans("АВЕКМНОРСТУХ", "ABEKMHOPCTYX")


def currency_named(typed: str) -> str:
    """The code in lower case of what may be a currency's sign or its code."""
    return SIGNS.get(typed.strip().upper(), typed.strip().lower())


def currency_code(typed: str) -> str:
    """In lower case; a Cyrillic letter counts as the Latin one that it looks like. Raises InvalidAmount."""
    code = typed.strip().upper().translate(AS_LATIN).lower()
    if code in CURRENCIES:
        return code
    named = currency_named(typed)
    unknown = t("{typed!r} is not a currency that Stripe takes", typed=typed.strip()[:12])
    helps = [t("write {code}", code=named.upper())] if named in CURRENCIES else []
    raise InvalidAmount("currency", joined("; ", [unknown, *helps]))


def parse_price(text: str, currency: str) -> Money:
    """Reads an amount that Stripe charges, as people write it; ``currency`` is a code of any case.

    Raises InvalidAmount.
    """
    code = currency_code(currency)
    price, least = parse_amount(text, code), least_charged(code)
    if price.amount < least.amount:
        too_small = t("the least amount Stripe charges is {least} {code}", least=least.major, code=code.upper())
        raise InvalidAmount("too_small", too_small)
    return price


def parse_amount(text: str, currency: str) -> Money:
    """Reads ``10``, ``10.50``, ``10,50``, ``10 EUR``, ``€10`` or ``1 000`` in ``currency`` (lower case).

    Raises InvalidAmount.
    """
    found = AMOUNT.fullmatch(text.translate(AS_PLAIN))
    if found is None:
        raise InvalidAmount("no_number", t("{typed!r} is not an amount; write it like 19.00", typed=text.strip()[:20]))
    before, minus, whole, decimals, behind = (part or "" for part in found.groups())
    for said in filter(None, (before, behind)):
        if currency_named(said) != currency:
            other = t("the amount is in {said}, not in {code}", said=said.upper(), code=currency.upper())
            raise InvalidAmount("other_currency", other)
    written, minor = written_digits(currency), minor_digits(currency)
    # Three zeros may be thousands: those beyond the minor unit are no harmless ones.
    if len(decimals) > minor or decimals[written:].strip("0"):
        raise InvalidAmount("decimals", t("{code} has {digits} decimals", code=currency.upper(), digits=written))
    amount = int(Decimal(f"{''.join(whole.split())}.{decimals or 0}").scaleb(minor))
    if minus or amount == 0:
        raise InvalidAmount("not_above_zero", t("an amount is above zero"))
    if amount > most_charged(currency).amount:
        raise InvalidAmount("too_large", t("the amount is larger than Stripe charges at once"))
    return Money(amount, currency)
