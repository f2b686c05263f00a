"""A chat written down as its person sees it at the end: edits applied, with every button and file.

What is other each time (times, ids, codes, tokens, receipts' numbers) is written as a word.
"""

import os
import re
from pathlib import Path

from sandbox.fake_telegram.chats import ChatMessage

CHATS = Path(__file__).parent / "chats"
WRITE_ANEW = "WRITE_LEDGERS"  # set, the ledgers are written and not compared; then they are read before they are kept
TODAY = r"\d\d:\d\d (?:today|сегодня)"
LATER = r"(?:\d{1,2} \w+ 20\d\d|tomorrow|завтра), \d\d:\d\d"
CODE = re.compile(r"\b\d{6}\b")  # only a customer's; six digits that the shop says are a receipt's number
CHANGING = (
    (re.compile(rf"(?:{TODAY}|{LATER})(?: \((?:\w+ time|по \w+)\))?"), "(time)"),
    (re.compile(r"/pay/[\w-]+"), "/pay/(token)"),
    (re.compile(r"\bpay_\w+"), "(payment)"),
    (re.compile(r"\b\d{6}\b"), "(number)"),
    (re.compile(r"http://127\.0\.0\.1:\d+"), "(shop)"),
)


def written(chat: list[ChatMessage]) -> str:
    return "\n\n".join(_message(one) for one in chat) + "\n"


def _message(message: ChatMessage) -> str:
    if not message.by_bot:
        return "the customer:\n" + CODE.sub("(code)", message.text)
    sound = ", without a sound" if message.silent else ""
    lines = [f"the shop{sound}:", message.text]
    lines += [f"  📎 {message.document.filename}"] if message.document else []
    for row in message.keyboard:
        lines.append("  " + " ".join(f"[{one['text']}]({one.get('url') or one['callback_data']})" for one in row))
    text = "\n".join(line for line in lines if line).replace("\u00a0", " ")
    for pattern, word in CHANGING:
        text = pattern.sub(word, text)
    return text


def kept(story: str, language: str, ledger: str) -> str:
    """The ledger that is to come out of this story."""
    file = CHATS / f"{story}.{language}.txt"
    if os.environ.get(WRITE_ANEW):
        file.write_text(ledger, encoding="utf-8")
    return file.read_text(encoding="utf-8")
