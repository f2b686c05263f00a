"""The stand-in of Telegram: the Bot API as a local Bot API server speaks it."""

import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from aiogram.methods import AnswerCallbackQuery, DeleteWebhook, GetChat, GetFile, GetUpdates, SetWebhook
from aiohttp import web

from sandbox.base.fake_server import BODY, StandIn
from sandbox.fake_telegram.chats import PEOPLE, Chats
from sandbox.fake_telegram.messages import MessageMethods
from sandbox.fake_telegram.params import SUPPORTED, Method, read_method
from sandbox.fake_telegram.people import TelegramApp
from sandbox.fake_telegram.previews import Previews
from sandbox.fake_telegram.profile import Profile
from sandbox.fake_telegram.rules import TelegramError, bad_request
from sandbox.fake_telegram.updates import UpdateQueue, Webhook

TOKEN = "1000000:sandbox-token-of-no-real-bot-at-all"
USERNAME = "checkout_sandbox_no_such_bot"  # links to it lead to t.me, where nobody should be found
QUIET = frozenset({"getUpdates", "getMe", "getWebhookInfo", "sendChatAction"})  # asked all the time


class TelegramStandIn(StandIn, TelegramApp):
    """Speaks `/bot<token>/<method>`; `say`, `press` and the like are what people do in the app."""

    service = "telegram"

    def __init__(self, token: str = TOKEN, username: str = USERNAME) -> None:
        super().__init__()
        self.token = token
        self.bot = {
            "id": int(token.partition(":")[0]), "is_bot": True,
            "first_name": "Sandbox Shop", "username": username,
        }  # fmt: skip
        self.callback_seconds = 60.0  # how long a pressed button waits for its answer
        self.callback_answers: dict[str, dict[str, Any] | None] = {}
        self.previews = Previews(self.log)
        self.queue = UpdateQueue(self.log)
        self.profile = Profile()
        self.chats = Chats(PEOPLE)
        self.messages = MessageMethods(self.chats, self.bot, self.previews.ask)
        self.pressed_at: dict[str, float] = {}
        self._methods = self._method_table()
        self.app.router.add_route("*", "/bot{token}/{method}", self._call)
        self.app.router.add_get("/file/bot{token}/{path:.+}", self._serve_file)

    async def stop(self) -> None:
        """Stops listening, posting and fetching."""
        await self.queue.close()
        await self.previews.close()
        await super().stop()

    def error_response(self, status: int, code: str, message: str) -> web.Response:
        """An error as the Bot API writes it."""
        if status == 429:
            return _refused(TelegramError(429, f"Too Many Requests: retry after {self.faults.retry_after}",
                                            self.faults.retry_after))  # fmt: skip
        return _refused(TelegramError(status, "Internal Server Error" if status >= 500 else message))

    async def _call(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        body: dict[str, Any] = request[BODY]
        try:
            if not secrets.compare_digest(request.match_info["token"].encode(), self.token.encode()):
                raise TelegramError(401, "Unauthorized")
            method = read_method(name, {**request.query, **body})
            result = await self._run(method)
        except TelegramError as refusal:
            self.log(f"{name} refused: {refusal.description}", status=refusal.status)
            return _refused(refusal)
        return web.json_response({"ok": True, "result": result})

    async def _run(self, method: Method) -> Any:
        name = method.__api_method__
        if isinstance(method, GetUpdates):
            return await self._get_updates(method)
        result = self._methods[name](method)
        if name not in QUIET:
            self.log(_told(name, getattr(method, "chat_id", None), self.chats), method=name)
        return result

    def _method_table(self) -> dict[str, Callable[[Any], Any]]:
        own: dict[str, Callable[[Any], Any]] = {
            "getMe": lambda _: {**self.bot, "can_join_groups": True, "can_read_all_group_messages": False,
                                "supports_inline_queries": False},
            "logOut": lambda _: True,
            "close": lambda _: True,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": lambda _: self._webhook_info(),
            "answerCallbackQuery": self._answer_callback_query,
            "getChat": self._get_chat,
            "getFile": self._get_file,
        }  # fmt: skip
        for name in SUPPORTED:
            snake = re.sub("([A-Z])", r"_\1", name).lower()
            for owner in (self.messages, self.profile):
                if hasattr(owner, snake):
                    own[name] = getattr(owner, snake)
        return own

    async def _get_updates(self, method: GetUpdates) -> list[dict[str, Any]]:
        limit = 100 if method.limit is None else method.limit
        return await self.queue.poll(method.offset or 0, limit, method.timeout or 0, method.allowed_updates)

    def _set_webhook(self, method: SetWebhook) -> bool:
        secret = method.secret_token or ""
        if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise bad_request("secret token contains unallowed characters")
        webhook = Webhook(method.url, secret, method.max_connections or 40) if method.url else None
        self.queue.set_webhook(webhook, method.allowed_updates, bool(method.drop_pending_updates))
        return True

    def _delete_webhook(self, method: DeleteWebhook) -> bool:
        self.queue.set_webhook(None, None, bool(method.drop_pending_updates))
        return True

    def _webhook_info(self) -> dict[str, Any]:
        webhook = self.queue.webhook
        info: dict[str, Any] = {
            "url": webhook.url if webhook else "", "has_custom_certificate": False,
            "pending_update_count": len(self.queue.pending),
        }  # fmt: skip
        if webhook is not None:
            info["max_connections"] = webhook.max_connections
            if webhook.last_error:
                info.update(last_error_date=webhook.last_error_at, last_error_message=webhook.last_error)
        if self.queue.allowed:
            info["allowed_updates"] = self.queue.allowed
        return info

    def _answer_callback_query(self, method: AnswerCallbackQuery) -> bool:
        pressed_at = self.pressed_at.get(method.callback_query_id)
        if pressed_at is None or time.monotonic() - pressed_at > self.callback_seconds:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        if len(method.text or "") > 200:
            raise bad_request("MESSAGE_TOO_LONG")
        answer = {"text": method.text or "", "show_alert": bool(method.show_alert), "url": method.url}
        self.callback_answers[method.callback_query_id] = answer
        return True

    def _get_chat(self, method: GetChat) -> dict[str, Any]:
        gifts = dict.fromkeys(
            (
                "unlimited_gifts",
                "limited_gifts",
                "unique_gifts",
                "premium_subscription",
                "gifts_from_channels",
            ),
            False,
        )
        extra = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}
        return {**self.messages.chat(method.chat_id).wire, **extra}

    def _get_file(self, method: GetFile) -> dict[str, Any]:
        file = self.messages.files.get(method.file_id)
        if file is None:
            raise bad_request("invalid file_id")
        return {**file.wire(), "file_path": f"files/{file.file_id}"}

    async def _serve_file(self, request: web.Request) -> web.Response:
        file = self.messages.files.get(request.match_info["path"].rpartition("/")[2])
        if file is None or request.match_info["token"] != self.token:
            return _refused(TelegramError(404, "Not Found"))
        return web.Response(body=file.content, content_type="application/octet-stream")


def _told(name: str, chat_id: object, chats: Chats) -> str:
    person = chats.people.get(chat_id) if isinstance(chat_id, int) else None
    return name if person is None else f"{name} to {person.first_name}"


def _refused(refusal: TelegramError) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": refusal.status, "description": refusal.description}
    if refusal.retry_after is not None:
        body["parameters"] = {"retry_after": refusal.retry_after}
    return web.json_response(body, status=refusal.status)
