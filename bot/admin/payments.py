"""/payments, /payment and /find: admins look up what was paid, by whom, and what happened."""

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.admin import payment_card as card
from bot.admin import payments_texts as texts
from bot.admin.filters import FromAdmin
from bot.context import Turn
from checkout.errors import NotFound
from checkout.model.outgoing import OutgoingChat
from checkout.model.payment import Status
from checkout.model.search import (
    LONGEST_ID,
    LONGEST_TEXT,
    By,
    Page,
    Person,
    Search,
    SearchPayment,
    SearchUsername,
    parse_search,
    payment_id_in,
    readable,
)


def payments_router() -> Router:
    router = Router(name="desk_payments")
    for name, handler in (("payments", payments), ("payment", payment), ("find", find)):
        router.message.register(handler, F.text, Command(name, ignore_case=True, ignore_mention=True), FromAdmin())
    for beginning, pressed in (
        (texts.LIST, turn_list),
        (texts.FIND, turn_found),
        (texts.AS, find_as),
        (texts.OPEN, open_payment),
        (card.REFRESH, refresh),
    ):
        router.callback_query.register(pressed, F.data.startswith(beginning), FromAdmin())
    return router


async def payments(message: Message, command: CommandObject, turn: Turn) -> None:
    typed = readable(command.args or "")
    status = texts.status_typed(turn.speech, typed)
    if typed and status is None and typed.lower() != By.ALL:
        await turn.say_aside(texts.wrong_status(turn.speech, typed))
        return
    page = await turn.parts.look_up_payments.first_page(_search_by_status(status))
    await turn.say_aside(_listed(turn, page))


async def turn_list(query: CallbackQuery, turn: Turn) -> None:
    """Beginning at the top, or from the payment where a page ended."""
    word, direction, payment_id = _three(query, texts.LIST)
    if word != By.ALL and word not in frozenset(Status):
        await turn.hint(texts.button_too_old(turn.speech))
        return
    search = _search_by_status(None if word == By.ALL else Status(word))
    if not payment_id:
        await _in_place(turn, await turn.parts.look_up_payments.first_page(search))
        return
    await _go_on(turn, search.by, search.value, direction, payment_id)


async def turn_found(query: CallbackQuery, turn: Turn) -> None:
    by, _, rest = (query.data or "").removeprefix(texts.FIND).partition(":")
    length, direction, payment_id = (*rest.split(":"), "", "", "")[:3]
    is_known = by in (By.CUSTOMER, By.CARD) or (by == By.EMAIL and _is_number(length, 3))
    if not is_known:
        await turn.hint(texts.button_too_old(turn.speech))
        return
    await _go_on(turn, By(by), length, direction, payment_id)


async def _go_on(turn: Turn, by: By, hint: str, direction: str, payment_id: str) -> None:
    is_newer = direction == texts.NEWER
    page = await turn.parts.look_up_payments.next_page(by, hint, payment_id, newer=is_newer)
    if page is None:
        await turn.hint(texts.button_too_old(turn.speech))
    elif not page.payments:
        await turn.hint(turn.speech.t("There are no more."))
    else:
        await _in_place(turn, page)


async def _in_place(turn: Turn, page: Page) -> None:
    await turn.hint()
    await turn.say_in_place(_listed(turn, page))


def _listed(turn: Turn, page: Page) -> OutgoingChat:
    shown = texts.listed if page.search.by in (By.ALL, By.STATUS) else texts.found
    return shown(turn.speech, page, turn.parts.clock.now())


def _search_by_status(status: Status | None) -> Search:
    return Search(By.STATUS, status.value) if status else Search(By.ALL)


async def find(message: Message, command: CommandObject, turn: Turn) -> None:
    wanted = parse_search(command.args or "")
    match wanted:
        case None:
            await turn.say_aside(texts.how_to_find(turn.speech))
        case SearchPayment():
            await _show_payment(turn, wanted.any_id)
        case SearchUsername():
            await _find_called(turn, wanted)
        case Search():
            await _find(turn, wanted)


async def find_as(query: CallbackQuery, turn: Turn) -> None:
    """What was typed may mean something else, or one of several people was chosen."""
    by, _, value = (query.data or "").removeprefix(texts.AS).partition(":")
    await turn.hint()
    if by == texts.NAMED and value:
        await _find_called(turn, SearchUsername(value))
    elif (by == By.CUSTOMER and _is_number(value, LONGEST_ID)) or (by in (By.CARD, By.EMAIL) and value):
        await _find(turn, Search(By(by), value[:LONGEST_TEXT]))


async def _find(turn: Turn, wanted: Search) -> None:
    """Four digits that no card ends in may be a Telegram id all the same."""
    page = await turn.parts.look_up_payments.first_page(wanted)
    if wanted.by is By.CARD and not page.payments and _is_number(wanted.value, LONGEST_ID):
        who = int(wanted.value)
        search = Search(By.CUSTOMER, str(who))
        theirs = await turn.parts.look_up_payments.first_page(search, Person(who, "", ""))
        page = theirs if theirs.payments else page
    await turn.say_aside(_listed(turn, page))


async def _find_called(turn: Turn, wanted: SearchUsername) -> None:
    people = await turn.parts.look_up_payments.called(wanted.username)
    if not people:
        await turn.say_aside(texts.nobody_called(turn.speech, wanted))
    elif len(people) > 1:
        await turn.say_aside(texts.several_called(turn.speech, wanted, people))
    else:
        search = Search(By.CUSTOMER, str(people[0].telegram_user_id))
        await turn.say_aside(_listed(turn, await turn.parts.look_up_payments.first_page(search, people[0])))


async def payment(message: Message, command: CommandObject, turn: Turn) -> None:
    typed = readable(command.args or "")
    if not typed:
        await turn.say_aside(card.which_payment(turn.speech))
        return
    await _show_payment(turn, payment_id_in(typed) or typed)


async def _show_payment(turn: Turn, any_id: str) -> None:
    await turn.say_aside(await _payment_card(turn, any_id))


async def open_payment(query: CallbackQuery, turn: Turn) -> None:
    """Under the list, which stays."""
    shown = await _payment_card(turn, (query.data or "").removeprefix(texts.OPEN))
    await turn.hint()
    await turn.say_aside(shown)


async def refresh(query: CallbackQuery, turn: Turn) -> None:
    shown = await _payment_card(turn, (query.data or "").removeprefix(card.REFRESH))
    await turn.hint()
    await turn.say_in_place(shown)


async def _payment_card(turn: Turn, any_id: str) -> OutgoingChat:
    try:
        story = await turn.parts.tell_the_story.of(any_id)
    except NotFound:
        return card.no_payment(turn.speech, any_id)
    return card.payment_card(turn.speech, story, turn.parts.clock.now())


def _three(query: CallbackQuery, beginning: str) -> tuple[str, str, str]:
    """What the callback data says after its beginning; what is missing is empty."""
    parts = (query.data or "").removeprefix(beginning).split(":")
    first, second, third = (*parts, "", "", "")[:3]
    return first, second, third


def _is_number(text: str, longest: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= longest
