"""Why a payment was declined, in the customer's words.

The codes are Stripe's decline codes and error codes; many mean the same to the person who pays. A lost or stolen
card is never called so: whoever holds it may not be its owner.
"""

import re

from checkout.model.intent_facts import TAKEN_BACK
from checkout.model.payment import Status
from messages.language.i18n import N_, texts

UNNAMED = ("lost_card", "stolen_card")
SENTENCE = re.compile(r"(?<=[.!?])\s")
REFUSED = N_("Your bank refused the payment without saying why. Try another card or ask your bank.")
CALL_BANK = N_("Your bank refused this card. Please call your bank, or pay with another card.")
FUNDS = N_("There is not enough money on the card. Try another card.")
EXPIRED = N_("The card has expired. Pay with another card.")
EXPIRY = N_("The card's expiry date is not right. Check it and try again.")
CVC = N_("The security code (CVC) is not right. Check the digits on the card and try again.")
NUMBER = N_("The card number is not right. Check it and try again.")
PIN = N_("The PIN is not right, or this card needs one. Try another card.")
PIN_TRIES = N_("The PIN was entered wrong too often. Pay with another card or call your bank.")
ADDRESS = N_("The address or postal code is not the one your bank knows. Check it and try again.")
AUTHENTICATION_NEEDED = N_("Your bank wants you to confirm this payment. Try again and follow your bank's steps.")
AUTHENTICATION_FAILED = N_("The payment was not confirmed with your bank. Try again and finish your bank's check.")
CARD_KIND = N_("This card cannot be used for this kind of purchase. Pay with another card or ask your bank.")
CURRENCY = N_("This card does not work with the currency of the payment. Pay with another card.")
LIMIT = N_("The card's limit has been reached. Try later, pay with another card or ask your bank.")
DUPLICATE = N_("A payment of the same amount was made a moment ago. Check with your bank before you try again.")
LATER = N_("Your bank could not be reached or was busy. Try again in a few minutes.")
PROCESSING = N_("Something went wrong while the payment was processed. Try again in a few minutes.")
TOO_MANY_TRIES = N_("There were too many tries with this card. Try again tomorrow or pay with another card.")
PROVIDER = N_("The payment service you chose declined the payment. Try again or pay another way.")
TIMED_OUT = N_("The payment was not finished in time. Try again.")
ACCOUNT = N_("The bank account cannot be used. Check its details or pay another way.")
AMOUNT = N_("This card does not allow a payment of this amount. Pay with another card or ask your bank.")
UNAVAILABLE = N_("This way to pay is not available now. Choose another one.")
TEST_CARD = N_("A test card was used. Pay with a real one.")
CALLED_OFF = N_("The payment was canceled.")

DECLINES: dict[str, str] = {
    "account_closed": ACCOUNT,
    "amount_too_large": AMOUNT,
    "amount_too_small": AMOUNT,
    "approve_with_id": LATER,
    "authentication_not_handled": AUTHENTICATION_FAILED,
    "authentication_required": AUTHENTICATION_NEEDED,
    "bank_account_declined": ACCOUNT,
    "bank_account_unusable": ACCOUNT,
    "call_issuer": CALL_BANK,
    "card_decline_rate_limit_exceeded": TOO_MANY_TRIES,
    "card_not_supported": CARD_KIND,
    "card_velocity_exceeded": LIMIT,
    "charge_exceeds_source_limit": LIMIT,
    "charge_exceeds_transaction_limit": LIMIT,
    "currency_not_supported": CURRENCY,
    "debit_not_authorized": ACCOUNT,
    "do_not_try_again": CALL_BANK,
    "duplicate_transaction": DUPLICATE,
    "expired_card": EXPIRED,
    "incorrect_address": ADDRESS,
    "incorrect_cvc": CVC,
    "incorrect_number": NUMBER,
    "incorrect_pin": PIN,
    "incorrect_zip": ADDRESS,
    "insufficient_funds": FUNDS,
    "invalid_account": CALL_BANK,
    "invalid_amount": AMOUNT,
    "invalid_card_type": CARD_KIND,
    "invalid_cvc": CVC,
    "invalid_expiry_month": EXPIRY,
    "invalid_expiry_year": EXPIRY,
    "invalid_number": NUMBER,
    "invalid_pin": PIN,
    "issuer_not_available": LATER,
    "lost_card": CALL_BANK,
    "mobile_device_authentication_required": AUTHENTICATION_NEEDED,
    "new_account_information_available": CALL_BANK,
    "no_account": ACCOUNT,
    "not_permitted": CALL_BANK,
    "offline_pin_required": PIN,
    "online_or_offline_pin_required": PIN,
    "payment_intent_action_required": AUTHENTICATION_NEEDED,
    "payment_intent_authentication_failure": AUTHENTICATION_FAILED,
    "payment_intent_payment_attempt_expired": TIMED_OUT,
    "payment_intent_payment_attempt_failed": PROVIDER,
    "payment_method_bank_account_blocked": ACCOUNT,
    "payment_method_currency_mismatch": CURRENCY,
    "payment_method_customer_decline": TIMED_OUT,
    "payment_method_not_available": UNAVAILABLE,
    "payment_method_provider_decline": PROVIDER,
    "payment_method_provider_timeout": LATER,
    "payment_method_unactivated": UNAVAILABLE,
    "pickup_card": CALL_BANK,
    "pin_try_exceeded": PIN_TRIES,
    "postal_code_invalid": ADDRESS,
    "processing_error": PROCESSING,
    "reenter_transaction": PROCESSING,
    "restricted_card": CALL_BANK,
    "revocation_of_all_authorizations": CALL_BANK,
    "revocation_of_authorization": CALL_BANK,
    "security_violation": CALL_BANK,
    "service_not_allowed": CARD_KIND,
    "stolen_card": CALL_BANK,
    "stop_payment_order": CALL_BANK,
    "testmode_decline": TEST_CARD,
    "transaction_not_allowed": CARD_KIND,
    "try_again_later": LATER,
    "withdrawal_count_limit_exceeded": LIMIT,
}


def explain_decline(code: str, language: str) -> str:
    """One or two sentences: what happened and what to do. An unknown code, and any that must say no more
    (``generic_decline``, ``do_not_honor``, ``fraudulent``), is a plain refusal by the bank. No bank has refused what
    was canceled."""
    said = CALLED_OFF if is_called_off(code) else DECLINES.get(code, REFUSED)
    return texts("mail", language).gettext(said)


def is_called_off(code: str) -> bool:
    """Whether there is nothing more to say of it than that."""
    return code in (Status.CANCELED, TAKEN_BACK)


def tell_decline(code: str, language: str) -> str:
    """For where the customer pays: what happened, that nothing was charged, and what to do."""
    what, advice = SENTENCE.split(explain_decline(code, language), 1)
    what = what.rstrip(".")
    if not what[:2].isupper():
        what = what[:1].lower() + what[1:]
    _ = texts("mail", language).gettext
    return _("Not paid: %(what)s. Nothing was charged. %(advice)s") % {"what": what, "advice": advice}


def all_declines(language: str) -> list[tuple[str, tuple[str, ...]]]:
    """What `tell_decline` says, each sentence with the codes that it is said for; the plain refusal has none.

    For the page's source, where nobody is to read the word stolen.
    """
    codes: dict[str, tuple[str, ...]] = {REFUSED: ()}
    for code, words in DECLINES.items():
        if code in UNNAMED:
            continue
        codes[words] = (*codes.get(words, ()), code)
    return [(tell_decline(of[0] if of else "", language), of) for of in codes.values()]


def name_decline(code: str, language: str) -> str:
    """The first sentence without its full stop: what happened. What follows it is advice to the customer."""
    return SENTENCE.split(explain_decline(code, language))[0].rstrip(".")
