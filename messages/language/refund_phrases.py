"""What a customer is told of a refund, each by itself: it is on its way, was issued, or has failed."""

from dataclasses import replace

from checkout.model.message_content import PaymentRefunded
from checkout.model.payment import Payment
from messages.language.payment_phrases import REFUND_DAYS, PaymentPhrases


def refund_amount(payment: Payment, refunded: PaymentRefunded, phrases: PaymentPhrases) -> str:
    """Of this refund; of all so far in rows from before each was told by itself."""
    return _money(payment, refunded.amount if refunded.refund_id else refunded.amount_refunded, phrases)


def refund_subject(payment: Payment, refunded: PaymentRefunded, phrases: PaymentPhrases) -> str:
    """Whoever sees no more of a mail than this is not to take a refund that has failed for one that was given."""
    amount, title = refund_amount(payment, refunded, phrases), phrases.title_of(payment)
    if refunded.state == "failed":
        return phrases.t("Refund of {amount} has failed: {title}", amount=amount, title=title)
    if refunded.state == "on_its_way":
        return phrases.t("Refund of {amount} is on its way: {title}", amount=amount, title=title)
    return phrases.t("Refund of {amount}: {title}", amount=amount, title=title)


def refund_heading(payment: Payment, refunded: PaymentRefunded, phrases: PaymentPhrases) -> str:
    if refunded.state == "failed":
        return phrases.t("A refund has failed")
    if refunded.state == "on_its_way":
        return phrases.t("Your refund is on its way")
    if _is_whole(payment, refunded) or refunded.amount >= payment.taken.amount:  # of the second of two, say
        return phrases.t("Your refund was issued")
    return phrases.t("A partial refund was issued")


def refund_sentences(payment: Payment, refunded: PaymentRefunded, phrases: PaymentPhrases) -> tuple[str, ...]:
    """Nothing is called issued that Stripe has not confirmed, nor given back: the bank still needs its days."""
    amount = refund_amount(payment, refunded, phrases)
    if refunded.state == "failed":
        failed = phrases.t("The refund of {amount} has failed: the money did not reach you.", amount=amount)
        return failed, *_others(payment, refunded, phrases), phrases.t(
            "The shop knows of it and will write to you. You can also write to {support}.",
            support=phrases.shop.support,
        )  # fmt: skip
    days = phrases.t("The money goes back the way you paid, usually within {days} business days.", days=REFUND_DAYS)
    if refunded.state == "on_its_way":
        begun = phrases.t("A refund of {amount} is on its way.", amount=amount)
        if _waits_for_an_account(payment, refunded):
            days = phrases.t(
                "Stripe asks you by e-mail which account the money is to go to. It leaves once you have named one."
            )
        heard = phrases.t("You will hear from us once it has gone through.")
        return begun, *_others(payment, refunded, phrases), days, heard
    # Of two payments neither is the whole, even where all has gone back.
    is_twice = _is_of_two(payment, refunded)
    if is_twice:  # known only since it was to be told, perhaps
        refunded = replace(refunded, amount_refunded=min(refunded.amount_refunded, payment.amount_refunded))
    if _is_whole(payment, refunded) and refunded.amount in (0, refunded.amount_refunded) and not is_twice:
        whole = _money(payment, refunded.amount_refunded, phrases)
        return phrases.t("The shop has issued a refund of the whole payment: {amount}.", amount=whole), days
    if refunded.refund_id and (refunded.amount_refunded < refunded.amount or is_twice):
        return _of_the_second(payment, refunded, phrases), days
    so_far = _so_far(payment, refunded, phrases)
    if not refunded.refund_id:
        return so_far, days
    return phrases.t("The shop has issued a refund of {amount}.", amount=amount), so_far, days


def _waits_for_an_account(payment: Payment, refunded: PaymentRefunded) -> bool:
    """What was paid by voucher or in a shop cannot go back the same way: only its customer can name another."""
    known = payment.facts.refunds.get(refunded.refund_id)
    return known is not None and known.status == "requires_action"


def _others(payment: Payment, refunded: PaymentRefunded, phrases: PaymentPhrases) -> tuple[str, ...]:
    """What other refunds have given back, where this one has not; of two payments that would say nothing of either."""
    is_said = refunded.amount_refunded and not _is_of_two(payment, refunded)
    return (_so_far(payment, refunded, phrases),) if is_said else ()


def _is_of_two(payment: Payment, refunded: PaymentRefunded) -> bool:
    return bool(refunded.refund_id) and len(payment.facts.paid_intents) > 1


def _so_far(payment: Payment, refunded: PaymentRefunded, phrases: PaymentPhrases) -> str:
    total, price = _money(payment, refunded.amount_refunded, phrases), phrases.price(payment)
    return phrases.t("In all, refunds of {total} out of {price} have been issued so far.", total=total, price=price)


def _of_the_second(payment: Payment, refunded: PaymentRefunded, phrases: PaymentPhrases) -> str:
    """More went back than is missing from what was bought: it was paid for twice."""
    amount, total = _money(payment, refunded.amount, phrases), _money(payment, refunded.amount_refunded, phrases)
    if refunded.amount_refunded:
        price = phrases.price(payment)
        return phrases.t(
            "The shop has issued a refund of {amount}. You had paid twice: beside the second payment, refunds of"
            " {total} out of {price} were issued.",
            amount=amount,
            total=total,
            price=price,
        )
    if refunded.amount < payment.taken.amount:
        return phrases.t("You had paid twice; a refund of {amount} of the second payment was issued.", amount=amount)
    return phrases.t("You had paid twice; a refund of the second payment was issued: {amount}.", amount=amount)


def _is_whole(payment: Payment, refunded: PaymentRefunded) -> bool:
    return refunded.amount_refunded >= payment.taken.amount


def _money(payment: Payment, amount: int, phrases: PaymentPhrases) -> str:
    return phrases.money(payment.part(amount))
