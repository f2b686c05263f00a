"""aiogram's models are built when they are first used."""

import gc
import subprocess
import sys
import weakref

import aiogram.methods
import aiogram.types
from aiogram import Bot
from aiogram.methods.base import Response
from aiogram.types import Message, User
from pydantic import BaseModel

from tests.support.source_tree import ROOT


def test_a_shop_that_begins_has_built_none() -> None:
    program = "import app.commands.serve; from aiogram.types import Message; print(Message.__pydantic_complete__)"
    assert _said_by(program) == "False"


def test_each_can_be_built_whichever_comes_first() -> None:
    """A name that a new release keeps elsewhere would be missed by the first customer who needs it."""
    names = [getattr(room, name) for room in (aiogram.methods, aiogram.types) for name in room.__all__]
    models = [one for one in names if isinstance(one, type) and issubclass(one, BaseModel)]
    for model in models:
        model.model_rebuild()
    assert [one for one in models if not one.__pydantic_complete__] == []
    assert len(models) > 300


def test_a_message_within_a_message_is_read() -> None:
    chat = {"id": 1, "type": "private"}
    within = {"message_id": 1, "date": 1, "chat": chat, "text": "earlier"}
    message = Message.model_validate({"message_id": 2, "date": 2, "chat": chat, "reply_to_message": within})
    assert message.reply_to_message is not None
    assert message.reply_to_message.text == "earlier"


def test_an_answer_takes_the_message_ready_made() -> None:
    """Built within each kind of answer, it took 80 ms of many a call."""
    program = (
        "import bot.lazy_models; from aiogram.methods.base import Response; from aiogram.types import Message, User;"
        "Response[Message | bool].model_validate({'ok': True});"
        "print(Message.__pydantic_complete__, User.__pydantic_complete__)"
    )
    assert _said_by(program) == "True False"


async def test_the_class_that_reads_an_answer_is_made_once(bot: Bot) -> None:
    await bot.get_me()
    made = weakref.ref(Response[User])
    gc.collect()
    assert made() is not None


def _said_by(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()
