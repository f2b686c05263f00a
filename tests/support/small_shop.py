"""A small bot in the application's place: as much of a shop as the desk needs to show."""

import base64
from typing import Any

import aiohttp
from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.types import BufferedInputFile, CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from sandbox.environment import Sandbox

PAY_URL = "http://127.0.0.1:9/pay/a-token"


class SmallShop:
    """Asks for an address, mails a code, takes a payment: as much as the desk needs to show."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        api = TelegramAPIServer.from_base(sandbox.telegram.url)
        self.bot = Bot(sandbox.telegram.token, session=AiohttpSession(api=api))
        self.dispatcher = Dispatcher()
        self.dispatcher.message.register(self._start, CommandStart())
        self.dispatcher.message.register(self._pay, F.text.contains("@"))
        self.dispatcher.callback_query.register(self._choose)

    async def _start(self, message: Message) -> None:
        keys = [[InlineKeyboardButton(text="Guide", callback_data="buy:guide")]]
        keyboard = InlineKeyboardMarkup(inline_keyboard=keys)
        await message.answer("<b>Night Market</b>", parse_mode="HTML", reply_markup=keyboard)

    async def _choose(self, query: CallbackQuery) -> None:
        await query.answer("A good choice")
        assert isinstance(query.message, Message)
        await query.message.edit_text("Your e-mail?")

    async def _pay(self, message: Message) -> None:
        assert message.text is not None
        await self._mail(message.text)
        await self._take_payment(message.text)
        key = InlineKeyboardButton(text="Pay €19.00", url=PAY_URL)
        await message.answer("Ready", reply_markup=InlineKeyboardMarkup(inline_keyboard=[[key]]))
        await message.answer_document(BufferedInputFile(b"the guide", "guide.txt"))

    async def _mail(self, to: str) -> None:
        html = "<h1>123456</h1><script>document.title='taken over'</script>"
        receipt = {"filename": "receipt.txt", "content": base64.b64encode(b"the receipt").decode()}
        mail = {"from": "Shop <shop@sandbox.example>", "to": to, "subject": "Your code", "html": html,
                "text": "Code 123456", "attachments": [receipt]}  # fmt: skip
        await self._post(self.sandbox.resend.url + "/emails", self.sandbox.resend.api_key, json=mail)

    async def _take_payment(self, email: str) -> None:
        params = {"amount": "1900", "currency": "eur", "description": "Guide", "metadata[email]": email,
                  "automatic_payment_methods[enabled]": "true"}  # fmt: skip
        stripe = self.sandbox.stripe
        intent = await self._post(stripe.url + "/v1/payment_intents", stripe.secret_key, data=params)
        stripe.pay(intent["id"])

    async def _post(self, url: str, key: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {key}"}
        async with aiohttp.ClientSession(headers=headers) as session, session.post(url, **body) as response:
            assert response.status == 200, await response.text()
            return await response.json()
