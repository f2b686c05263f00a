"""Which amounts Stripe takes: supported currencies, minimums and divisibility, in minor units."""

from sandbox.fake_stripe.errors import invalid

_LARGEST = 99_999_999
_LARGEST_OF = {
    "idr": 999_999_999_999, "lbp": 99_999_999_999, "cop": 9_999_999_999, "huf": 9_999_999_999, "jpy": 9_999_999_999,
    "inr": 999_999_999,
}  # fmt: skip

_SUPPORTED = frozenset(
    """usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad
    cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg
    huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt
    mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar
    sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd
    xof xpf yer zar zmw""".split()
)
_MINIMUM = {
    "aed": 200, "bgn": 100, "czk": 1500, "dkk": 250, "gbp": 30, "hkd": 400, "huf": 17500, "mxn": 1000,
    "myr": 200, "nok": 300, "pln": 200, "ron": 200, "sek": 300, "thb": 1000,
}  # fmt: skip
_ZERO_DECIMAL = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())
_MULTIPLE_OF = {"isk": 100, "ugx": 100, "bhd": 10, "jod": 10, "kwd": 10, "omr": 10, "tnd": 10}


def check_amount(amount: int, currency: str) -> str:
    """Raises ApiError for an amount or currency that the service refuses; the currency in lower case."""
    code = currency.lower()
    if code not in _SUPPORTED:
        known = ", ".join(sorted(_SUPPORTED))
        raise invalid(f"Invalid currency: {code[:20]}. Stripe currently supports these currencies: {known}", "currency")
    if amount < 1:
        message = "This value must be greater than or equal to 1."
        raise invalid(message, "amount", "parameter_invalid_integer")
    if amount < _MINIMUM.get(code, 50):
        raise invalid(f"Amount must be at least {told(_MINIMUM.get(code, 50), code)}", "amount", "amount_too_small")
    largest = _LARGEST_OF.get(code, _LARGEST)
    if amount > largest:
        raise invalid(f"Amount must be no more than {told(largest, code)}", "amount", "amount_too_large")
    step = _MULTIPLE_OF.get(code, 1)
    if amount % step:
        message = f"Invalid amount: {code} amounts must be divisible by {step}"
        raise invalid(message, "amount", "parameter_invalid_integer")
    return code


def told(amount: int, currency: str) -> str:
    """An amount for a message or the desk's log: ``19.00 eur``, ``1500 jpy``."""
    if currency in _ZERO_DECIMAL:
        return f"{amount} {currency}"
    return f"{amount / 100:.2f} {currency}"
