"""/payments, /payment and /find: admins look up what was paid, by whom, and what happened."""

import contextlib
from dataclasses import replace

from aiogram import F, Router
from aiogram.filters import CommandObject
from aiogram.types import CallbackQuery, Message

from bot.admin import payment_card as card
from bot.admin import payments_texts as texts
from bot.admin.filters import admin_router
from bot.context import ChatContext
from bot.routing import on_button, on_command
from checkout.errors import NotFound
from checkout.model.outgoing import OutgoingChat
from checkout.model.payment import Status
from checkout.model.periods import EVERYTHING
from checkout.model.search import (
    ADDRESS,
    AROUND,
    SURELY_RECEIPT,
    By,
    Page,
    PageRequest,
    Search,
    SearchPayment,
    SearchUsername,
    parse_search,
    payment_id_in,
    readable,
    receipt_number_in,
)
from messages import callbacks

SHORTEST_BEGINNING = 3  # letters: fewer are everybody's


def payments_router() -> Router:
    router = admin_router("payments")
    for name, handler in (("payments", payments), ("payment", payment), ("find", find)):
        on_command(router, handler, name)
    for button, pressed in (
        (callbacks.LIST, turn_list),
        (callbacks.FILTERS, unfold_filters),
        (callbacks.FIND, turn_found),
        (callbacks.FIND_AS, find_as),
        (callbacks.OPEN, open_payment),
        (callbacks.REFRESH, refresh),
    ):
        on_button(router, pressed, button)
    router.message.register(looked_for, F.text, _is_looked_for)
    return router


def _is_looked_for(message: Message, chat: ChatContext) -> bool:
    """An id that is sent without a command; while nothing is asked for, an address or ``№ 42`` too."""
    text = (message.text or "").strip(AROUND)
    if len(text.split()) == 1 and payment_id_in(text):
        return True
    is_receipt = SURELY_RECEIPT.fullmatch(text) and not text[0].isdigit()
    return not chat.dialogue.waiting and bool(ADDRESS.fullmatch(text) or is_receipt)


async def looked_for(message: Message, chat: ChatContext) -> None:
    await _look_for(chat, message.text or "")


async def payments(message: Message, command: CommandObject, chat: ChatContext) -> None:
    typed = readable(command.args or "").rstrip(".")
    status = texts.status_typed(chat.translator, typed)
    if typed and status is None and typed.lower() not in EVERYTHING:
        await chat.say_aside(texts.wrong_status(chat.translator, typed))
        return
    page = await chat.dependencies.look_up_payments.first_page(_search_by_status(status))
    await chat.say_aside(_listed(chat, page))


async def turn_list(query: CallbackQuery, chat: ChatContext) -> None:
    """Beginning at the top, or from the payment where a page ended."""
    wanted = callbacks.read_list(query.data)
    if wanted is None or wanted.payment_id:
        await _turn_page(chat, wanted)
        return
    await _in_place(chat, await chat.dependencies.look_up_payments.first_page(Search(wanted.by, wanted.hint)))


async def unfold_filters(query: CallbackQuery, chat: ChatContext) -> None:
    wanted = callbacks.read_filters(query.data)
    if wanted is None:
        await chat.hint(texts.button_too_old(chat.translator))
        return
    page = await chat.dependencies.look_up_payments.first_page(wanted)
    await chat.hint()
    await chat.say_in_place(texts.listed(chat.translator, page, chat.dependencies.clock.now(), is_unfolded=True))


async def turn_found(query: CallbackQuery, chat: ChatContext) -> None:
    await _turn_page(chat, callbacks.read_find(query.data))


async def _turn_page(chat: ChatContext, wanted: PageRequest | None) -> None:
    page = await chat.dependencies.look_up_payments.next_page(wanted) if wanted else None
    if page is None:
        await chat.hint(texts.button_too_old(chat.translator))
    elif not page.payments:
        await chat.hint(chat.translator.t("There are no more."))
    else:
        await _in_place(chat, page)


async def _in_place(chat: ChatContext, page: Page) -> None:
    await chat.hint()
    await chat.say_in_place(_listed(chat, page))


def _listed(chat: ChatContext, page: Page) -> OutgoingChat:
    shown = texts.listed if page.search.by in (By.ALL, By.TO_DO, By.STATUS) else texts.found
    return shown(chat.translator, page, chat.dependencies.clock.now())


def _search_by_status(status: Status | None) -> Search:
    return Search(By.STATUS, status.value) if status else Search(By.ALL)


async def find(message: Message, command: CommandObject, chat: ChatContext) -> None:
    await _look_for(chat, command.args or "")


async def _look_for(chat: ChatContext, typed: str) -> None:
    wanted = parse_search(typed)
    match wanted:
        case None:
            await chat.say_aside(texts.how_to_find(chat.translator))
        case SearchPayment():
            await _show_payment(chat, readable(typed))
        case SearchUsername():
            await _find_called(chat, wanted)
        case Search():
            await _find(chat, wanted, typed)


async def find_as(query: CallbackQuery, chat: ChatContext) -> None:
    """What was typed may mean something else, or one of several people was chosen."""
    wanted = callbacks.read_find_as(query.data)
    await chat.hint()
    match wanted:
        case SearchUsername():
            await _find_called(chat, wanted)
        case Search():
            await _find(chat, wanted)


async def _find(chat: ChatContext, wanted: Search, typed: str = "") -> None:
    """Four digits that no card ends in may be a Telegram id all the same, and a number that is neither a receipt's;
    and whose address was mistyped, or is written otherwise, has the beginning right."""
    page = await chat.dependencies.look_up_payments.first_page(wanted)
    if page.payments:
        await chat.say_aside(await _with_receipt(chat, page, typed))
        return
    local = wanted.value.partition("@")[0].partition("+")[0]
    if wanted.by is By.CARD:
        other = Search(By.CUSTOMER, str(int(wanted.value)))
    elif wanted.by is By.EMAIL and len(local) >= SHORTEST_BEGINNING and local != wanted.value:
        other = Search(By.EMAIL, local)
    else:
        other = wanted
    similar = await chat.dependencies.look_up_payments.first_page(other) if other != wanted else page
    found = _listed(chat, similar if similar.payments else page)
    if similar.payments and other.by is By.EMAIL:
        found = replace(found, text=f"{texts.none_begins_so(chat.translator, wanted.value)}\n\n{found.text}")
    elif similar.payments:
        found = await _with_receipt(chat, similar, typed)
    elif receipt_number_in(typed) is not None:
        found = await _card_of(chat, typed) or found
    await chat.say_aside(found)


async def _with_receipt(chat: ChatContext, page: Page, typed: str) -> OutgoingChat:
    """The page and, where the receipt of the same number is another payment's, a button for that."""
    found = _listed(chat, page)
    if receipt_number_in(typed) is None:
        return found
    with contextlib.suppress(NotFound):
        payment = (await chat.dependencies.payment_timeline.of(typed)).payment
        if all(one.payment_id != payment.payment_id for one in page.payments):
            return replace(found, buttons=(*found.buttons, texts.open_receipt(chat.translator, payment)))
    return found


async def _find_called(chat: ChatContext, wanted: SearchUsername) -> None:
    people = await chat.dependencies.look_up_payments.by_username(wanted.username)
    if not people:
        await chat.say_aside(texts.nobody_called(chat.translator, wanted))
    elif len(people) > 1:
        await chat.say_aside(texts.several_called(chat.translator, wanted, people))
    else:
        search = Search(By.CUSTOMER, str(people[0].telegram_user_id))
        await chat.say_aside(_listed(chat, await chat.dependencies.look_up_payments.first_page(search, people[0])))


async def payment(message: Message, command: CommandObject, chat: ChatContext) -> None:
    typed = readable(command.args or "")
    if not typed:
        await chat.say_aside(card.which_payment(chat.translator))
        return
    if payment_id_in(typed) or receipt_number_in(typed) is not None:
        await _show_payment(chat, typed)
    else:
        await _look_for(chat, typed)


async def _show_payment(chat: ChatContext, any_id: str) -> None:
    await chat.say_aside(await _payment_card(chat, any_id))


async def open_payment(query: CallbackQuery, chat: ChatContext) -> None:
    """Under the list, which stays."""
    shown = await _payment_card(chat, callbacks.OPEN.about(query.data))
    await chat.hint()
    await chat.say_aside(shown)


async def refresh(query: CallbackQuery, chat: ChatContext) -> None:
    shown = await _payment_card(chat, callbacks.REFRESH.about(query.data))
    await chat.hint()
    await chat.say_in_place(shown)


async def _payment_card(chat: ChatContext, any_id: str) -> OutgoingChat:
    """An id that was broken in two where it was copied is read as one."""
    for name in dict.fromkeys((payment_id_in(any_id) or any_id, payment_id_in("".join(any_id.split())))):
        if found := await _card_of(chat, name):
            return found
    return card.no_payment(chat.translator, payment_id_in(any_id) or any_id)


async def _card_of(chat: ChatContext, name: str) -> OutgoingChat | None:
    """By id or receipt's number; None where there is no such payment."""
    with contextlib.suppress(NotFound):
        timeline = await chat.dependencies.payment_timeline.of(name)
        return card.payment_card(chat.translator, timeline, chat.dependencies.clock.now())
    return None
