"""An admin decides about a payment under review."""

from collections.abc import Awaitable, Callable

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.admin.confirmations import Decision, Outcome, Question, answers, ask, without_choice
from bot.admin.filters import admin_router
from bot.admin.payment_actions_texts import about, stripe_refuses, stripe_silent, whose
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
    await ask(chat, Question(topic, payment.payment_id, _question(chat.translator, payment, is_refund), yes, no))


def _question(translator: Translator, payment: Payment, is_refund: bool) -> str:
    """Names what is decided about: the alert may stand far above, beside others."""
    if is_refund:
        amount = format_amounts(payment.facts.not_given_back.values(), translator.language)
        asked = translator.t_html("<b>Give {amount} back?</b>", amount=amount)
        follows = translator.t_html("The customer hears of it once Stripe has confirmed the refund.")
    else:
        amount = format_amounts(came_in(payment), translator.language)
        asked = translator.t_html("<b>Deliver it for {amount}, as if that were right?</b>", amount=amount)
        follows = translator.t_html("The customer gets the receipt and the product at once. This cannot be undone.")
    agreed = translator.t_html("Agreed: {amount}", amount=translator.money(payment.money))
    return "\n".join([asked, *whose(translator, payment), agreed, "", follows])


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
    doing = chat.dependencies.decide_review.deliver(decision.about, chat.chat_id)
    return await _decided(chat, decision.about, doing, said)


async def refund(chat: ChatContext, decision: Decision) -> Outcome:
    said = chat.translator.t_html(
        "The refund is requested. Stripe confirms it, usually within seconds; then the customer is told."
    )
    doing = chat.dependencies.decide_review.refund(decision.about, chat.chat_id)
    return await _decided(chat, decision.about, doing, said)


async def _decided(chat: ChatContext, payment_id: str, doing: Awaitable[None], said: str) -> Outcome:
    is_known = True
    try:
        await doing
    except (NotFound, StaleWrite):
        said = chat.translator.t_html("This payment does not wait for a decision any more.")
    except ServiceUnavailable:
        said, is_known = stripe_silent(chat.translator), False
    except ServiceError as error:
        said = stripe_refuses(chat.translator, error)
    return Outcome(about(said, payment_id), is_known)


def _left(translator: Translator) -> str:
    return translator.t_html("Left as it is. The buttons above still work.")
