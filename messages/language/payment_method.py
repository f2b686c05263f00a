"""The payment method in words that a customer knows from the card itself."""

from checkout.model.intent_facts import CardUsed

BRANDS = {
    "amex": "American Express",
    "cartes_bancaires": "Cartes Bancaires",
    "diners": "Diners Club",
    "discover": "Discover",
    "eftpos_au": "eftpos",
    "jcb": "JCB",
    "link": "Link",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}
TYPES = {
    "alipay": "Alipay",
    "amazon_pay": "Amazon Pay",
    "bancontact": "Bancontact",
    "blik": "BLIK",
    "cashapp": "Cash App Pay",
    "eps": "EPS",
    "ideal": "iDEAL",
    "klarna": "Klarna",
    "link": "Link",
    "mobilepay": "MobilePay",
    "p24": "Przelewy24",
    "paypal": "PayPal",
    "revolut_pay": "Revolut Pay",
    "sepa_debit": "SEPA",
    "twint": "TWINT",
    "us_bank_account": "ACH",
    "wechat_pay": "WeChat Pay",
}


def describe_method(card: CardUsed | None) -> str:
    """``Visa •••• 4242``, ``Klarna``; empty when Stripe has told nothing."""
    if card is None:
        return ""
    name = BRANDS.get(card.brand) or TYPES.get(card.type) or _readable(card.brand or card.type)
    return f"{name} •••• {card.last4}".strip() if card.last4 else name


def _readable(word: str) -> str:
    return "" if word in ("card", "unknown") else word.replace("_", " ").capitalize()
