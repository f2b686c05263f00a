"""aiogram's conversation state in the database."""

import json

from aiogram.fsm.storage.base import StorageKey

from bot.dialogue import ASKED_CODE, Asked, Dialogue
from bot.telegram.fsm_storage import ConversationStorage, conversation_key
from tests.support.bot_shop import BotShop

KEY = StorageKey(bot_id=1, chat_id=77, user_id=77)


async def test_state_and_data_come_back_from_the_file(shop: BotShop) -> None:
    storage = ConversationStorage(shop.storage, shop.clock)
    await storage.set_state(KEY, Asked.code)
    await storage.set_data(KEY, {"sku": "guide", "asked_by": 5})
    await shop.restart()
    again = ConversationStorage(shop.storage, shop.clock)

    assert await again.get_state(KEY) == ASKED_CODE
    assert await again.get_data(KEY) == {"sku": "guide", "asked_by": 5}


async def test_an_empty_conversation_has_no_row(shop: BotShop) -> None:
    storage = ConversationStorage(shop.storage, shop.clock)
    await storage.set_data(KEY, {"sku": "guide"})
    await storage.set_state(KEY, None)
    await storage.set_data(KEY, {})

    async with shop.storage.read() as tx:
        assert await tx.conversations.get(conversation_key(KEY)) is None
    assert await storage.get_state(KEY) is None
    assert await storage.get_data(KEY) == {}


async def test_conversations_are_kept_apart_and_erased_by_customer(shop: BotShop) -> None:
    storage = ConversationStorage(shop.storage, shop.clock)
    keys = [KEY, StorageKey(1, 78, 78), StorageKey(1, 77, 77, thread_id=3), StorageKey(2, 77, 77, destiny="x")]
    for number, key in enumerate(keys):
        await storage.set_data(key, {"sku": str(number)})
    assert [(await storage.get_data(key))["sku"] for key in keys] == ["0", "1", "2", "3"]

    async with shop.storage.begin() as tx:
        await tx.conversations.delete_of(77)
    assert [await storage.get_data(key) for key in keys] == [{}, {"sku": "1"}, {}, {}]


def test_a_dialogue_takes_only_what_it_knows() -> None:
    kept = json.loads('{"sku": "guide", "asked_by": "five", "colour": "red", "address": 5}')

    assert Dialogue.read("Other:state", kept) == Dialogue(sku="guide")
    assert Dialogue.read(ASKED_CODE, {}).waits_for_code
