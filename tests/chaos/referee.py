"""Compares what Stripe knows with what the database says and what people got."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.chaos.catalog_files import Ware
from tests.chaos.chats import SENT_ONCE, became_receipt, by_chat, is_receipt, out_of_order, repeats, stale_buttons
from tests.chaos.world import ADMIN, Intent, Row, SentMail, SentMessage, World

ONCE = ("payment_paid", "payment_failed")
IN_ALL = re.compile(
    r"(?:In all,|the whole payment:|beside the second payment,"
    r"|Всего оформлено к возврату|весь платёж:|кроме второго платежа оформлено к возврату)"
    r"\D*(\d+)[.,](\d\d)(?!\d)"
)
TWICE = re.compile("You had paid twice|Вы заплатили дважды")


@dataclass(slots=True)
class Verdict:
    """Sentences about what is wrong; ``repeated`` counts chat messages that came again with a reason."""

    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    repeated: int = 0

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.twice or self.wrong)

    @property
    def may_improve(self) -> bool:
        """What is undelivered may still be delivered; what was sent twice stays so."""
        return bool(self.lost or self.wrong)


def judge(world: World) -> Verdict:
    verdict = Verdict()
    rows = {row.payment_id: row for row in world.rows}
    mails, chats = _mails_by_payment(world.mails), by_chat(world.chats)
    for payment_id, intents in by_payment(world.intents).items():
        lost = _undelivered(payment_id, intents, mails[payment_id], chats)
        is_put_off = payment_id in world.put_off
        verdict.lost += [what for what in lost if not (is_put_off and what.endswith("undelivered: failure by mail"))]
        verdict.wrong += _wrong_state(payment_id, intents, rows.get(payment_id))
        verdict.wrong += _delivered_for_nothing(payment_id, intents, mails[payment_id], chats)
        verdict.twice += _twice_about(payment_id, intents, mails[payment_id])
    verdict.twice += _same_words(world)
    verdict.twice += _told_again(world)
    if world.other_bytes:
        verdict.twice.append(f"{world.other_bytes} mails tried to go under a key that was used for other bytes")
    verdict.wrong += _impossible(world)
    verdict.repeated, unexplained = repeats(world)
    verdict.wrong += unexplained + stale_buttons(world)
    return verdict


def by_payment(intents: Iterable[Intent]) -> dict[str, list[Intent]]:
    found: dict[str, list[Intent]] = defaultdict(list)
    for intent in intents:
        found[intent.payment_id].append(intent)
    return found


def expected_status(intents: Sequence[Intent]) -> str:
    """What Stripe's objects say; the word that the database must have."""
    paid = _paid(intents)
    if paid:
        if any(one.is_disputed for one in paid):
            return "disputed"
        if _given_back(intents) >= paid[0].amount:
            return "refunded"
        return "partially_refunded" if _given_back(intents) else "paid"
    last = intents[-1]
    if last.status in ("processing", "canceled"):
        return last.status
    return "failed" if last.declines else "pending"


def _paid(intents: Sequence[Intent]) -> list[Intent]:
    return sorted((one for one in intents if one.status == "succeeded"), key=lambda one: one.intent_id)


def _given_back(intents: Sequence[Intent]) -> int:
    """Of what was bought: who paid twice has lost nothing with the second."""
    return min((sum(one.refunds) for one in _paid(intents)), default=0)


def _undelivered(
    payment_id: str, intents: Sequence[Intent], mails: Sequence[SentMail], chats: dict[int, list[SentMessage]]
) -> list[str]:
    """What the customer, or for a dispute the admin, should know and does not."""
    status, intent = expected_status(intents), intents[-1]
    chat, kinds = chats.get(intent.customer, []), {mail.kind for mail in mails}
    ware = Ware(int(intent.sku.rpartition("-")[2]))
    missing = []
    if _is_sold(status, intents):
        about = [one for one in chat if one.is_there and ware.title in one.text]
        missing += ["receipt in the chat"] * (not any(is_receipt(one) for one in about))
        missing += ["file in the chat"] * (not any(one.document == ware.filename for one in about))
        missing += ["receipt by mail"] * ("payment_paid" not in kinds)
    if any(one.refunds for one in intents):
        missing += _undelivered_refund(payment_id, intents, mails, chat)
    if status == "failed":
        missing += ["failure in the chat"] * (not any(ware.title in one.text and "❌" in one.text for one in chat))
        missing += ["failure by mail"] * ("payment_failed" not in kinds)
    missing += _untold_to_admin(payment_id, status, intents, chats.get(ADMIN, []))
    return [f"{payment_id} is {status}, undelivered: {what}" for what in missing]


def _is_sold(status: str, intents: Sequence[Intent]) -> bool:
    """What was refunded under review was never sold."""
    is_settled = status in ("paid", "disputed", "refunded", "partially_refunded")
    return is_settled and intents[-1].decision != "refund"


def _delivered_for_nothing(
    payment_id: str, intents: Sequence[Intent], mails: Sequence[SentMail], chats: dict[int, list[SentMessage]]
) -> list[str]:
    """Nothing is handed over whose money was never kept."""
    intent, status = intents[-1], expected_status(intents)
    if _is_sold(status, intents):
        return []
    ware = Ware(int(intent.sku.rpartition("-")[2]))
    about = [one for one in chats.get(intent.customer, []) if ware.title in one.first]
    handed = any(is_receipt(one) or one.document == ware.filename for one in about)
    mailed = any(mail.kind == "payment_paid" for mail in mails)
    return [f"{payment_id} is {status}, and its receipt or file has left"] * (handed or mailed)


def _untold_to_admin(payment_id: str, status: str, intents: Sequence[Intent], chat: Sequence[SentMessage]) -> list[str]:
    about = [one.first for one in chat if one.first.startswith("⚠️") and payment_id in one.first]
    missing = []
    if status == "disputed" and not about:
        missing.append("dispute to the admin")
    if intents[-1].decision and not about:
        missing.append("review to the admin")
    if len(_paid(intents)) > 1 and not any(all(one.intent_id in text for one in intents) for text in about):
        missing.append("that it was paid twice, to the admin")
    return missing


def _undelivered_refund(
    payment_id: str, intents: Sequence[Intent], mails: Sequence[SentMail], chat: Sequence[SentMessage]
) -> list[str]:
    """The total, and of a payment that was paid twice each refund."""
    total, times = _given_back(intents), len([one for one in intents if one.refunds])
    mailed = [mail.text for mail in mails if mail.kind == "payment_refunded"]
    said = [one.first for one in chat if one.first.startswith("↩️") and payment_id in one.first]
    missing = []
    for told, where in ((said, "in the chat"), (mailed, "by mail")):
        if len(told) < times or not any(_says_total(text, total) for text in told):
            missing.append(f"refund {where}")
    return missing


def _says_total(text: str, total: int) -> bool:
    return _in_all(text) == total if total else TWICE.search(text) is not None


def _in_all(text: str) -> int:
    """What was given back by then, in cents: beside it stand this refund and the price."""
    found = IN_ALL.search(text)
    return int(found[1] + found[2]) if found else 0


def _wrong_state(payment_id: str, intents: Sequence[Intent], row: Row | None) -> list[str]:
    expected, intent = expected_status(intents), intents[-1]
    if row is None:
        return [f"{payment_id} is {expected} at Stripe and not in the database"]
    wrong = []
    if row.status != expected:
        wrong.append(f"{payment_id} is {row.status} in the database and {expected} at Stripe")
    paid = _paid(intents)
    if row.intent_id != (paid[0] if paid else intent).intent_id:
        wrong.append(f"{payment_id} has another PaymentIntent in the database than at Stripe")
    refunded = _given_back(intents)
    if row.amount_refunded != refunded:
        wrong.append(f"{payment_id} has {row.amount_refunded} refunded in the database and {refunded} at Stripe")
    own = [one for one in intents if not one.is_duplicate]
    if len(_paid(own)) > 1:
        wrong.append(f"{payment_id} was charged twice")
    if len(own) > 1:
        wrong.append(f"{payment_id} has {len(own)} PaymentIntents")
    return wrong + _wrongly_remembered(payment_id, intents, row)


def _wrongly_remembered(payment_id: str, intents: Sequence[Intent], row: Row) -> list[str]:
    """Stripe is the second memory: of the receipt's number and of how a review ended."""
    wrong = []
    numbers = {one.receipt for one in intents if one.receipt}
    if numbers != ({str(row.receipt_number)} if row.receipt_number else set()):
        wrong.append(f"{payment_id} has receipt {row.receipt_number} in the database and {sorted(numbers)} at Stripe")
    if (review := max(one.review for one in intents)) != intents[-1].decision:
        wrong.append(
            f"{payment_id} has review {review!r} at Stripe, and the admin has decided {intents[-1].decision!r}"
        )
    if intents[-1].decision == "refund" and row.receipt_number:
        wrong.append(f"{payment_id} has a receipt, and was refunded under review")
    return wrong


def _twice_about(payment_id: str, intents: Sequence[Intent], mails: Sequence[SentMail]) -> list[str]:
    kinds = Counter(mail.kind for mail in mails)
    # Of two payments one may be heard of late: what was said of a refund by then is corrected.
    refunds = sum(len(one.refunds) for one in intents) * (2 if len(_paid(intents)) > 1 else 1)
    most = dict.fromkeys(ONCE, 1) | {"payment_refunded": refunds}
    return [
        f"{payment_id}: {count} mails {kind}, at most {most[kind]}"
        for kind, count in kinds.items()
        if count > most.get(kind, count)
    ]


def _same_words(world: World) -> list[str]:
    """A conversation is put back as well: whoever was asking for a code then is answered once more."""
    went_on = [one for one in world.mails if one.kind != "verification_code" or one.at <= world.restored.at]
    same = Counter((mail.to, mail.subject, mail.text) for mail in went_on)
    return [f"{count} mails to one customer say the same: {subject}" for (_, subject, _), count in same.items()
            if count > 1]  # fmt: skip


def _told_again(world: World) -> list[str]:
    """By a shop that was put back to before it had told it: Stripe remembers."""
    whose = {(one.customer, Ware(int(one.sku.rpartition("-")[2])).title): one.payment_id for one in world.intents}
    again = [(mail.payment_id, f"mail {mail.kind}") for mail in world.mails if mail.at > world.restored.at]
    for one in world.chats:
        title = next(iter(re.findall(r"Walk \d{3}", one.first)), "")
        is_told = (one.document and not became_receipt(one)) or (title and SENT_ONCE.match(one.first))
        if one.at > world.restored.at and is_told:
            again.append((whose.get((one.chat, title), ""), one.document or one.first[:30]))
    told = world.restored.told
    return [f"{payment_id} told again by an older copy: {what}" for payment_id, what in again if payment_id in told]


def _impossible(world: World) -> list[str]:
    numbers = Counter(row.receipt_number for row in world.rows if row.receipt_number)
    wrong = [f"receipt number {number} was given {count} times" for number, count in numbers.items() if count > 1]
    wrong += [f"still waiting: {key}" for key in world.waiting]
    wrong += [f"parked: {key}" for key in world.parked]
    wrong += [f"not finished: {what}" for what in world.unfinished]
    unsold = {one.payment_id for one in world.intents if one.decision == "refund"}
    for message in by_chat(world.chats).values():
        wrong += out_of_order([one for one in message if not any(about in one.first for about in unsold)])
    return [*wrong, *world.complaints]


def _mails_by_payment(mails: Sequence[SentMail]) -> dict[str, list[SentMail]]:
    found: dict[str, list[SentMail]] = defaultdict(list)
    for mail in mails:
        found[mail.payment_id].append(mail)
    return found
