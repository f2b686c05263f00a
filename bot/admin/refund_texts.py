"""What admins are asked and told of refunds, and of warnings."""

from collections.abc import Iterator
from decimal import Decimal

from checkout.errors import CannotRefund, InvalidAmount, ServiceError
from checkout.model.customer import shown_email
from checkout.model.money import Money, minor_digits, written_digits
from checkout.model.outgoing import Button, OutgoingChat
from checkout.model.payment import Payment, Status
from checkout.payments.refund_payment import Refundable
from messages import callbacks
from messages.language.refund_refusals import explain_refund_refusal
from messages.language.text import escape, fill, shorten
from messages.language.translator import Translator

TITLE = 100  # characters
TYPED = 60  # characters of what was typed that are said back


def which_refund(translator: Translator) -> OutgoingChat:
    return OutgoingChat(
        translator.t_html(
            "Which payment? Write the command with its receipt's number or its id, and with an amount if not all of it"
            " goes back:\n<code>/refund 42 5.00</code>\n<code>/refund pay_… 5.00</code>\n/payments shows the newest"
            " payments, /find those of a customer."
        )
    )


def how_much(translator: Translator, found: Refundable) -> OutgoingChat:
    payment = found.payment
    text = "\n".join([translator.t_html("<b>How much shall go back?</b>"), *_about(translator, found)])
    everything = translator.t("All of it: {amount}", amount=translator.money(payment.part(found.left)))
    return OutgoingChat(
        text,
        (
            (Button(everything, callback_data=callbacks.REFUND_ALL.data(payment.payment_id)),),
            (Button(translator.t("Another amount"), callback_data=callbacks.REFUND_PART.data(payment.payment_id)),),
        ),
    )


def type_amount(translator: Translator, found: Refundable) -> OutgoingChat:
    return OutgoingChat(
        translator.t_html(
            "How much shall go back? Send me the amount, like {example}; {left} at most. /cancel leaves it.",
            example=_example(found.payment),
            left=translator.money(found.payment.part(found.left)),
        )
    )


def ask_refund(translator: Translator, found: Refundable, amount: int) -> str:
    rest = found.left - amount
    lines = [
        translator.t_html("<b>Refund {amount}?</b>", amount=translator.money(found.payment.part(amount))),
        *_about(translator, found),
    ]
    if rest:
        lines.append(translator.t_html("Left after this: {amount}", amount=translator.money(found.payment.part(rest))))
    else:
        lines.append(translator.t_html("Nothing is left after this."))
    lines.append(translator.t_html("The customer hears of it by chat and mail once Stripe has confirmed."))
    return "\n".join(lines)


def whose(translator: Translator, payment: Payment) -> list[str]:
    """What was sold to whom: in every question about money."""
    sold = " · ".join(filter(None, [shorten(translator.title_of(payment), TITLE), shown_email(payment.email)]))
    return [escape(sold), fill("<code>{payment_id}</code>", payment_id=payment.payment_id)]


def _about(translator: Translator, found: Refundable) -> list[str]:
    payment = found.payment
    paid = translator.t_html("Paid: {amount}", amount=translator.money(payment.taken))
    told = [*whose(translator, payment), paid]
    if payment.amount_refunded:
        given = translator.money(payment.given_back)
        told.append(translator.t_html("Refunded so far: {amount}", amount=given))
    if found.on_its_way:
        told.append(
            translator.t_html("On its way back: {amount}", amount=translator.money(payment.part(found.on_its_way)))
        )
    return [*told, *disputed_refund(translator, payment)]


def disputed_refund(translator: Translator, payment: Payment) -> Iterator[str]:
    """What a refund meets where the customer's bank has acted already."""
    if lost := payment.facts.lost(payment.taken):
        yield translator.t_html(
            "⚠️ The customer's bank has taken {amount} back already, by a dispute: Stripe may refuse, or the money"
            " goes back twice.",
            amount=translator.money(payment.part(lost)),
        )
    elif payment.facts.is_asked_about:
        yield translator.t_html("The customer's bank asks about this payment: a full refund ends that.")
    elif payment.status is Status.DISPUTED or payment.facts.is_disputed:
        yield translator.t_html(
            "⚠️ The customer's bank disputes this payment: Stripe may refuse, or the money goes back twice."
        )


def disputed_delivery(translator: Translator, payment: Payment) -> Iterator[str]:
    """Whoever delivers may be left without the money."""
    if payment.facts.is_asked_about or payment.facts.is_disputed:
        yield translator.t_html(
            "⚠️ The customer's bank disputes this payment, or asks about it: what you deliver may stay unpaid."
        )


def refund_requested(translator: Translator, payment: Payment, amount: int) -> str:
    return translator.t_html(
        "The refund of <b>{amount}</b> is requested. Once Stripe confirms it, usually within seconds, the customer is"
        " told by chat and mail, and you here.\n<code>{payment_id}</code>",
        amount=translator.money(payment.part(amount)),
        payment_id=payment.payment_id,
    )


def refund_left(translator: Translator) -> str:
    return translator.t_html("Nothing was refunded.")


def cannot_refund(translator: Translator, error: CannotRefund) -> OutgoingChat:
    if error.why == "more_than_left":
        left = translator.money(Money(error.left, error.currency))
        return OutgoingChat(translator.t_html("Only {left} is left of this payment. Nothing was refunded.", left=left))
    if error.why == "changed":
        changed = translator.t_html(
            "What is left of this payment has changed since you were asked: {left} now. Perhaps another admin was"
            " first. Nothing was refunded by you; /refund asks again.",
            left=translator.money(Money(error.left, error.currency)),
        )
        return OutgoingChat(changed)
    words = {
        "not_paid": translator.t_html("This payment is not paid, so there is nothing to give back."),
        "under_review": translator.t_html(
            "This payment is under review: another sum came in than was agreed. The button gives all of it back."
        ),
        "paid_twice": translator.t_html(
            "This was paid twice. Refund the second payment in Stripe's dashboard, where you see both;"
            " the customer is told all the same."
        ),
        "nothing_left": translator.t_html("All of this payment was given back already."),
        "on_its_way": translator.t_html(
            "All that was left of this payment is on its way back already. The customer hears of it once Stripe has"
            " confirmed."
        ),
    }
    offered = {
        "under_review": Button(translator.t("Refund"), callback_data=callbacks.REVIEW_REFUND.data(error.payment_id)),
        "paid_twice": Button(translator.t("Open the payment"), callback_data=callbacks.OPEN.data(error.payment_id)),
    }.get(error.why)
    return OutgoingChat(words[error.why], ((offered,),) if offered else ())


def amount_wrong(translator: Translator, error: InvalidAmount, typed: str, payment: Payment) -> OutgoingChat:
    currency, digits = payment.came_in.currency.upper(), written_digits(payment.came_in.currency)
    example = _example(payment)
    match error.why:
        case "other_currency":
            said = translator.t_html(
                "This payment was made in {currency}. Write it like {example}.", currency=currency, example=example
            )
        case "not_above_zero":
            said = translator.t_html("An amount to give back is more than zero, like {example}.", example=example)
        case "decimals" if digits == 0:
            said = translator.t_html(
                "{currency} has no decimals, and thousands are written without a separator: like {example}.",
                currency=currency,
                example=example,
            )
        case "decimals" if minor_digits(payment.came_in.currency) > digits:
            said = translator.t_html(
                "Stripe takes {currency} with a 0 as the third decimal, like 5.250.", currency=currency
            )
        case "decimals":
            said = translator.t_html(
                "{currency} has {digits} decimals at most, and thousands are written without a separator:"
                " like {example}.",
                currency=currency,
                digits=digits,
                example=example,
            )
        case "too_large":
            said = translator.t_html(
                "This is more than Stripe charges at once. Write it like {example}.", example=example
            )
        case _:
            said = translator.t_html(
                "“{typed}” is not an amount. Write it like {example}.", typed=shorten(typed, TYPED), example=example
            )
    return OutgoingChat(f"{said} {translator.t_html('Nothing was refunded.')}")


def about(said: str, payment_id: str) -> str:
    """What stands in the place of a question must say of its own which payment it is about."""
    return said + fill("\n<code>{payment_id}</code>", payment_id=payment_id)


def stripe_silent(translator: Translator) -> str:
    """Why it did not is a matter for the log."""
    return translator.t_html(
        "Stripe has not answered, so it is not known yet whether the money goes back.\n"
        "Press the button to try again: nothing is done twice."
    )


def stripe_refuses(translator: Translator, error: ServiceError) -> str:
    """What happened and what to do, in words where Stripe's reason is a known one."""
    why = escape(explain_refund_refusal(error.code, translator.language)) or translator.t_html(
        "{reason}. Look at the payment in Stripe's dashboard.", reason=error
    )
    return f"{translator.t_html('Stripe refuses the refund; nothing was given back.')}\n{why}"


def kept(translator: Translator, payment_id: str) -> str:
    return translator.t_html(
        "✅ Kept: nothing more is refunded. <code>/refund {payment_id}</code> still can.", payment_id=payment_id
    )


def _example(payment: Payment) -> str:
    """Ten of the currency, with the decimals it may have."""
    return str(Decimal(10).quantize(Decimal(1).scaleb(-written_digits(payment.came_in.currency))))
