"""What the chats show: each thing once, in its order, and nothing that asks to pay for what is paid."""

import math
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from tests.chaos.catalog_files import Ware
from tests.chaos.world import SentMessage, World

GRACE = 0.5  # seconds: what a process had sent when it was killed still arrives
GRACE_OF_LARGE = 10.0  # of a large file, which is under way for so long on a slow line
GRACE_OF_NOTING = 20.0  # what was sent is noted with the next commit, and that waits for a database that is away
PAID = "✅ (?!The address|Адрес)"
SENT_ONCE = re.compile(f"({PAID}|❌ |↩️ |⚠️ )")  # messages from the outbox; not answers to people
SETTLED = frozenset({"paid", "partially_refunded", "refunded", "disputed"})


def is_receipt(message: SentMessage) -> bool:
    return message.document.startswith(("receipt-", "kvitantsiya-"))


def became_receipt(message: SentMessage) -> bool:
    """The answer to a customer who asked for the link; it makes no sound as it is edited."""
    return is_receipt(message) and not re.search(PAID, message.first)


def by_chat(chats: Sequence[SentMessage]) -> dict[int, list[SentMessage]]:
    found: dict[int, list[SentMessage]] = defaultdict(list)
    for message in chats:
        found[message.chat].append(message)
    return found


def out_of_order(chat: Sequence[SentMessage]) -> list[str]:
    """A product's file must follow its receipt, and a refund its receipt."""
    wrong, seen = [], set[str]()
    for one in chat:
        title = next(iter(re.findall(r"Walk \d{3}", one.first)), "")
        if is_receipt(one):
            seen.add(title)
        elif title and title not in seen and (one.document or one.first.startswith("↩️")):
            wrong.append(f"in chat {one.chat} a file or refund of {title} came before its receipt")
    return wrong


def repeats(world: World) -> tuple[int, list[str]]:
    """Chat messages that came again: how many had a reason in between, and which had none."""
    causes = sorted(world.interruptions)
    same: dict[tuple[int, str, str], list[float]] = defaultdict(list)
    for one in world.chats:
        if one.is_there and (one.document or SENT_ONCE.match(one.first)):
            same[one.chat, one.first, one.document].append(one.at)
    repeated, unexplained = 0, []
    for (chat, text, document), times in same.items():
        times.sort()
        for earlier, later in pairwise(times):
            grace = GRACE_OF_LARGE if document == Ware(0).filename else GRACE
            if bisect_left(causes, earlier - grace) < bisect_left(causes, later):
                repeated += 1
            else:
                unexplained.append(f"in chat {chat} for no reason a second time: {document or text[:60]!r}")
    return repeated, unexplained


def stale_buttons(world: World) -> list[str]:
    """Buttons of pay links that are paid. One that was sent and never noted nobody can take away."""
    paid, causes = {row.pay_token for row in world.rows if row.status in SETTLED}, sorted(world.interruptions)
    wrong = []
    for one in world.chats:
        has_button = one.is_there and not one.document and one.pay_token and one.pay_token in paid
        is_forgotten = one.at <= world.restored.at < math.inf
        is_known = bisect_left(causes, one.at - GRACE) == bisect_left(causes, one.at + GRACE_OF_NOTING)
        if has_button and is_known and not is_forgotten:
            wrong.append(f"in chat {one.chat} a button still asks to pay what is paid: {one.text[:60]!r}")
    return wrong
