"""An admin decides about a payment under review."""

from collections.abc import Awaitable, Callable

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.admin.confirmations import Decision, Outcome, Question, answers, ask, without_choice
from bot.admin.filters import admin_router
from bot.admin.refund_texts import about, disputed_delivery, disputed_refund, stripe_refuses, stripe_silent, whose
from bot.context import ChatContext
from bot.routing import on_button
from checkout.errors import NotFound, ServiceError, ServiceUnavailable, StaleWrite
from checkout.model.payment import Payment
from messages import callbacks
from messages.callbacks import Callback, Topic
from messages.language.formats import format_amounts
from messages.language.mismatch import came_in, explain_decision
from messages.language.text import escape
from messages.language.translator import Translator

Find = Callable[[str], Awaitable[Payment]]


def reviews_router() -> Router:
    router = admin_router("reviews")
    on_button(router, ask_deliver, callbacks.REVIEW_DELIVER)
    on_button(router, ask_refund, callbacks.REVIEW_REFUND)
    answers(router, Topic.DELIVER, deliver, _left)
    answers(router, Topic.REFUND_REVIEW, refund, _left)
    return router


async def ask_deliver(query: CallbackQuery, chat: ChatContext) -> None:
    review = chat.dependencies.decide_review
    await _ask(query, chat, Topic.DELIVER, callbacks.REVIEW_DELIVER, review.under_review)


async def ask_refund(query: CallbackQuery, chat: ChatContext) -> None:
    """Also once more, where it has failed."""
    await _ask(query, chat, Topic.REFUND_REVIEW, callbacks.REVIEW_REFUND, chat.dependencies.decide_review.to_refund)


async def _ask(query: CallbackQuery, chat: ChatContext, topic: Topic, button: Callback, find: Find) -> None:
    try:
        payment = await find(button.about(query.data))
    except (NotFound, StaleWrite):
        await _too_late(query, chat, button)
        return
    is_refund, no = topic is Topic.REFUND_REVIEW, chat.translator.t("No, decide later")
    yes = chat.translator.t("Yes, refund it") if is_refund else chat.translator.t("Yes, deliver it")
    about_what = f"{payment.payment_id}:{_amounts(payment, 'en', is_refund)}"
    await ask(chat, Question(topic, about_what, _question(chat.translator, payment, is_refund), yes, no))


def _amounts(payment: Payment, language: str, is_refund: bool) -> str:
    """The money that is decided about."""
    return format_amounts(payment.facts.not_given_back.values() if is_refund else came_in(payment), language)


def _question(translator: Translator, payment: Payment, is_refund: bool) -> str:
    """Names what is decided about: the alert may stand far above, beside others."""
    amount = _amounts(payment, translator.language, is_refund)
    if is_refund:
        asked = translator.t_html("<b>Give {amount} back?</b>", amount=amount)
        follows = translator.t_html("The customer hears of it once Stripe has confirmed the refund.")
    else:
        asked = translator.t_html("<b>Deliver it for {amount}, as if that were right?</b>", amount=amount)
        follows = translator.t_html("The customer gets the receipt and the product at once. This cannot be undone.")
    agreed = translator.t_html("Agreed: {amount}", amount=translator.money(payment.money))
    warnings = (disputed_refund if is_refund else disputed_delivery)(translator, payment)
    return "\n".join([asked, *whose(translator, payment), agreed, *warnings, "", follows])


async def _too_late(query: CallbackQuery, chat: ChatContext, button: Callback) -> None:
    """Nobody is to press it again: the message says how that ended."""
    said = chat.translator.t("This payment does not wait for a decision any more.")
    await chat.hint(said)
    payment = await chat.dependencies.look_up_payments.get(button.about(query.data))
    if payment and payment.facts.decision:
        said = f"✅ {explain_decision(payment.facts.decision, chat.translator.language)}"
    await chat.say_in_place(without_choice(query.message, escape(said), button))


async def deliver(chat: ChatContext, decision: Decision) -> Outcome:
    said = chat.translator.t_html("Delivered. The customer is being told by chat and mail.")
    return await _decided(chat, decision, said, is_refund=False)


async def refund(chat: ChatContext, decision: Decision) -> Outcome:
    said = chat.translator.t_html(
        "The refund is requested. Stripe confirms it, usually within seconds; then the customer is told."
    )
    return await _decided(chat, decision, said, is_refund=True)


async def _decided(chat: ChatContext, decision: Decision, said: str, *, is_refund: bool) -> Outcome:
    """Nobody decides about money that came in after they were asked."""
    review = chat.dependencies.decide_review
    find, decide = (review.to_refund, review.refund) if is_refund else (review.under_review, review.deliver)
    payment_id, _, named = decision.about.partition(":")
    is_known = True
    try:
        payment = await find(payment_id)
        if named in ("", _amounts(payment, "en", is_refund)):
            await decide(payment_id, chat.chat_id)
        else:
            said = chat.translator.t_html(
                "The sum has changed since you were asked: {amount} now. Nothing was done; the buttons above still"
                " work.",
                amount=_amounts(payment, chat.translator.language, is_refund),
            )
    except (NotFound, StaleWrite):
        said = chat.translator.t_html("This payment does not wait for a decision any more.")
    except ServiceUnavailable:
        said, is_known = stripe_silent(chat.translator), False
    except ServiceError as error:
        said = stripe_refuses(chat.translator, error)
    return Outcome(about(said, payment_id), is_known)


def _left(translator: Translator) -> str:
    return translator.t_html("Left as it is. The buttons above still work.")
