"""An admin decides about a payment under review."""

from collections.abc import Awaitable

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.admin.confirmations import Decision, Outcome, Question, answers, ask, without_choice
from bot.admin.filters import admin_router
from bot.admin.payment_actions_texts import stripe_refuses, stripe_silent
from bot.context import ChatContext
from bot.routing import on_button
from checkout.errors import NotFound, ServiceError, ServiceUnavailable, StaleWrite
from messages import callbacks
from messages.callbacks import Callback, Topic
from messages.language.mismatch import explain_decision
from messages.language.text import escape, fill
from messages.language.translator import Translator


def reviews_router() -> Router:
    router = admin_router("reviews")
    on_button(router, ask_deliver, callbacks.REVIEW_DELIVER)
    on_button(router, ask_refund, callbacks.REVIEW_REFUND)
    answers(router, Topic.DELIVER, deliver, _left)
    answers(router, Topic.REFUND_REVIEW, refund, _left)
    return router


async def ask_deliver(query: CallbackQuery, chat: ChatContext) -> None:
    text = chat.translator.t_html(
        "Deliver this payment as if it were right? The customer gets the receipt and the product at once. "
        "This cannot be undone."
    )
    await _ask(query, chat, Topic.DELIVER, text, chat.translator.t("Yes, deliver it"))


async def ask_refund(query: CallbackQuery, chat: ChatContext) -> None:
    """Also once more, where it has failed."""
    text = chat.translator.t_html("Give the money back? The customer hears of it once Stripe has confirmed the refund.")
    await _ask(query, chat, Topic.REFUND_REVIEW, text, chat.translator.t("Yes, refund it"))


async def _ask(query: CallbackQuery, chat: ChatContext, topic: Topic, text: str, yes: str) -> None:
    review = chat.dependencies.decide_review
    button = callbacks.REVIEW_DELIVER if topic is Topic.DELIVER else callbacks.REVIEW_REFUND
    payment_id = button.about(query.data)
    try:
        await (review.under_review(payment_id) if topic is Topic.DELIVER else review.to_refund(payment_id))
    except (NotFound, StaleWrite):
        await _too_late(query, chat, button)
        return
    text += fill("\n\n<code>{payment_id}</code>", payment_id=payment_id)
    await ask(chat, Question(topic, payment_id, text, yes, chat.translator.t("No, decide later")))


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
    return await _decided(chat, chat.dependencies.decide_review.deliver(decision.about, chat.chat_id), said)


async def refund(chat: ChatContext, decision: Decision) -> Outcome:
    said = chat.translator.t_html(
        "The refund is requested. Stripe confirms it, usually within seconds; then the customer is told."
    )
    return await _decided(chat, chat.dependencies.decide_review.refund(decision.about, chat.chat_id), said)


async def _decided(chat: ChatContext, doing: Awaitable[None], said: str) -> Outcome:
    try:
        await doing
    except (NotFound, StaleWrite):
        return Outcome(chat.translator.t_html("This payment does not wait for a decision any more."))
    except ServiceError as error:
        if isinstance(error, ServiceUnavailable):
            return Outcome(stripe_silent(chat.translator), is_known=False)
        return Outcome(stripe_refuses(chat.translator, error))
    return Outcome(said)


def _left(translator: Translator) -> str:
    return translator.t_html("Left as it is. The buttons above still work.")
