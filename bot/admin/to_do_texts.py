"""What waits for a person, in words."""

from dataclasses import replace

from checkout.model.outgoing import Button, OutgoingChat
from checkout.model.payment import Fulfilment, Status
from checkout.notifications.handover import Done
from checkout.reporting.open_points import OpenPoints
from messages import callbacks
from messages.language.text import fill
from messages.language.translator import Translator


def to_do(translator: Translator, listed: OutgoingChat | None, points: OpenPoints) -> OutgoingChat:
    """``listed`` is the first page of what is to be handed over."""
    elsewhere = _elsewhere(translator, points)
    if listed is None:
        lines = elsewhere or [translator.t_html("Nothing waits for you.")]
        return OutgoingChat("\n".join(lines))
    return replace(listed, text="\n\n".join(filter(None, [listed.text, "\n".join(elsewhere)])))


def _elsewhere(translator: Translator, points: OpenPoints) -> list[str]:
    told = []
    if points.reviews:
        told.append(translator.t_html("Payments to be looked into: {n} — /payments review", n=points.reviews))
    if points.disputes:
        told.append(translator.t_html("Disputes to be answered: {n} — /payments disputed", n=points.disputes))
    if points.unsent:
        told.append(translator.t_html("Messages not delivered: {n} — /outbox", n=points.unsent))
    return [f"⚠️ {line}" for line in told]


def waits_again(translator: Translator, seen_to: Done, admin_id: int) -> str:
    """Where it cannot, how it is now."""
    if seen_to.payment.waits_for_a_person:
        return translator.t_html("↩️ Not done yet: it waits in /todo again.")
    if seen_to.payment.status is Status.REFUNDED:
        return _given_back(translator)
    return done(translator, seen_to, admin_id)


def done(translator: Translator, seen_to: Done, admin_id: int) -> str:
    """Who handled the same press before, because the process died, hears that it is done."""
    if seen_to.payment.status is Status.REFUNDED:
        return _given_back(translator)
    if seen_to.payment.fulfilment is not Fulfilment.DONE:
        return translator.t_html("It has been sent meanwhile: there is nothing left to do.")
    if seen_to.is_news or seen_to.by == admin_id:
        return translator.t_html("✅ Done: noted as handed over.")
    who = fill('<a href="tg://user?id={who}">{who}</a>', who=seen_to.by)
    return translator.t_html("Another admin has done it already:") + f" {who}"


def _given_back(translator: Translator) -> str:
    return translator.t_html("The money was given back: there is nothing left to do.")


def choice(translator: Translator, seen_to: Done) -> tuple[Button, ...]:
    """What a slip of the finger is put right with."""
    payment_id = seen_to.payment.payment_id
    if seen_to.payment.waits_for_a_person:
        return (Button(translator.t("Done"), callback_data=callbacks.TO_DO_DONE.data(payment_id)),)
    if seen_to.payment.fulfilment is Fulfilment.DONE and seen_to.payment.status is not Status.REFUNDED:
        return (Button(translator.t("Not done yet"), callback_data=callbacks.TO_DO_UNDONE.data(payment_id)),)
    return ()
