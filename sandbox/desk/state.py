"""What the desk's page shows: one picture of the whole sandbox as JSON."""

import re
import time
from typing import Any

from sandbox.environment import Sandbox, Story
from sandbox.fake_resend.mails import Mail
from sandbox.fake_telegram.chats import MIRA, Chat, ChatMessage, Person, SentFile

MOST_MESSAGES = 150
MOST_MAILS = 60
MOST_PAYMENTS = 30
MOST_EVENTS = 40
TYPING_SECONDS = 5
ADDRESS = re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+")
OTHER_KINDS = {"sticker": "👍 sticker", "location": "📍 location"}
Json = dict[str, Any]


def snapshot(sandbox: Sandbox) -> Json:
    """Everything at once; a few dozen kilobytes at most."""
    telegram, stripe = sandbox.telegram, sandbox.stripe
    return {
        "app": sandbox.application.state() if sandbox.application else None,
        "bot": telegram.bot["username"],
        "people": [_person(person) for person in telegram.chats.people.values()],
        "chats": {str(person.id): _chat(sandbox, person) for person in telegram.chats.people.values()},
        "mails": _mails(sandbox),
        "payments": [_payment(sandbox, i) for i in list(stripe.payment_intents.values())[-MOST_PAYMENTS:][::-1]],
        "events": [_event(sandbox, event) for event in stripe.events[-MOST_EVENTS:][::-1]],
        "story": _story(sandbox.story),
        "switches": _switches(sandbox),
        "services": {s.service: s.faults.mode.value for s in sandbox.stand_ins},
        "log": [
            {"at": entry.at, "service": entry.service, "text": entry.text} for entry in list(sandbox.log)[::-1]
        ],
    }  # fmt: skip


def _story(story: Story | None) -> Json | None:
    if story is None:
        return None
    return {"name": story.name, "person": story.person, "steps": list(story.steps), "outcome": story.outcome}


def _person(person: Person) -> Json:
    role = "admin" if person == MIRA else "customer"
    return {"id": person.id, "name": person.first_name, "language": person.language_code, "role": role}


def _chat(sandbox: Sandbox, person: Person) -> Json:
    chat = sandbox.telegram.chats.by_id[person.id]
    shown = chat.visible[-MOST_MESSAGES:]
    return {
        "messages": [_message(message) for message in shown],
        "commands": sandbox.telegram.profile.commands_for(person),
        "blocked": chat.blocked,
        "typing": chat.action == "typing" and time.time() - chat.action_at < TYPING_SECONDS,
        "reply_keyboard": _reply_keyboard(chat),
    }


def _reply_keyboard(chat: Chat) -> list[list[str]]:
    keyboards = [message.reply_keyboard for message in chat.visible if message.reply_keyboard is not None]
    return keyboards[-1] if keyboards else []


def _message(message: ChatMessage) -> Json:
    other = next((label for kind, label in OTHER_KINDS.items() if kind in message.other), "")
    return {
        "id": message.message_id, "mine": not message.by_bot, "at": message.at, "text": message.text,
        "entities": message.entities, "keyboard": message.keyboard, "edited": message.edited_at,
        "document": _file(message.document), "photo": _file(message.photo), "other": other,
    }  # fmt: skip


def _file(file: SentFile | None) -> Json | None:
    if file is None:
        return None
    url = f"/desk/files/{file.file_id}"
    return {"name": file.filename, "size": len(file.content), "type": file.mime_type, "url": url}


def _mails(sandbox: Sandbox) -> list[Json]:
    people = sandbox.telegram.chats.people.values()
    addresses = {person.id: _addresses(sandbox.telegram.chat(person), person) for person in people}
    newest = sandbox.resend.mails[-MOST_MAILS:][::-1]
    return [{**_mail(mail), "people": [i for i in addresses if addresses[i] & _recipients(mail)]} for mail in newest]


def _recipients(mail: Mail) -> set[str]:
    return {address.lower() for to in mail.to for address in ADDRESS.findall(to)}


def _addresses(chat: list[ChatMessage], person: Person) -> set[str]:
    """What the person gave as theirs, and what the bot proposed instead; admins are told of others' addresses."""
    given = {message.text.strip().lower() for message in chat if not message.by_bot and "@" in message.text}
    if person == MIRA:
        return given
    told = (text for message in chat if message.by_bot for text in (message.text, *message.earlier_texts))
    return given | {address.lower() for text in told for address in ADDRESS.findall(text)}


def _mail(mail: Mail) -> Json:
    return {
        "id": mail.id, "to": mail.to, "from": mail.sender, "subject": mail.subject, "text": mail.text,
        "html": bool(mail.html), "at": mail.at, "kind": mail.kind, "status": mail.last_event,
        "attachments": [
            {"name": item.filename, "size": len(item.content), "type": item.content_type,
             "url": f"/desk/mails/{mail.id}/attachments/{number}"}
            for number, item in enumerate(mail.attachments)
        ],
    }  # fmt: skip


def _payment(sandbox: Sandbox, intent: Any) -> Json:
    stripe = sandbox.stripe
    charge = stripe.charges.get(intent["latest_charge"] or "")
    disputes = [d for d in stripe.disputes.values() if d["payment_intent"] == intent["id"]]
    return {
        "id": intent["id"], "amount": intent["amount"], "currency": intent["currency"],
        "status": intent["status"], "description": intent["description"] or "",
        "email": intent["metadata"].get("email", ""), "at": intent["created"],
        "refunded": charge["amount_refunded"] if charge else 0,
        "disputes": [{"id": dispute["id"], "status": dispute["status"]} for dispute in disputes],
    }  # fmt: skip


def _event(sandbox: Sandbox, event: Any) -> Json:
    return {
        "id": event["id"], "type": event["type"], "about": event["data"]["object"]["id"],
        "at": event["created"], "delivered": sandbox.stripe.webhooks.was_delivered(event),
    }  # fmt: skip


def _switches(sandbox: Sandbox) -> Json:
    switches = sandbox.stripe.switches
    cards = "normal"
    if switches.decline:
        cards = "decline"
    elif switches.require_3ds:
        cards = "3ds"
    elif switches.processing_seconds is not None:
        cards = "processing"
    return {
        "cards": cards, "decline_code": switches.decline or "insufficient_funds",
        "delivery": switches.delivery.value, "late_seconds": switches.late_seconds,
        "one_a_second": sandbox.telegram.messages.one_a_second,
        "five_a_second": sandbox.resend.requests_per_second is not None,
    }  # fmt: skip
