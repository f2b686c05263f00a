"""Requests to the Bot API, checked against aiogram's own models of its methods."""

import json
import re
from typing import Any, get_args

import aiogram.methods
from aiogram.methods import TelegramMethod
from aiogram.types import BufferedInputFile
from pydantic import BaseModel, ValidationError

from sandbox.fake_telegram.rules import TelegramError, bad_request

SUPPORTED = (
    "getMe", "logOut", "close", "getUpdates", "setWebhook", "deleteWebhook", "getWebhookInfo",
    "sendMessage", "sendDocument", "sendPhoto", "sendMediaGroup", "sendChatAction", "copyMessage",
    "editMessageText", "editMessageCaption", "editMessageMedia", "editMessageReplyMarkup", "deleteMessage",
    "answerCallbackQuery",
    "setMyCommands", "getMyCommands", "deleteMyCommands", "setMyDescription", "getMyDescription",
    "setMyShortDescription", "getMyShortDescription", "setChatMenuButton", "getChat", "getFile",
)  # fmt: skip
Method = TelegramMethod[Any]


def _model(name: str) -> type[Method]:
    model: type[Method] = getattr(aiogram.methods, name[0].upper() + name[1:])
    return model


MODELS: dict[str, type[Method]] = {name.lower(): _model(name) for name in SUPPORTED}


def read_method(name: str, params: dict[str, Any]) -> Method:
    """The request as aiogram's model of the method.

    Raises TelegramError for an unknown method, an unknown or missing parameter and a wrong type.
    """
    model = MODELS.get(name.lower())
    if model is None:
        raise TelegramError(404, "Not Found: method not found")
    attached = {key: value for key, value in params.items() if _is_upload(value) and key not in model.model_fields}
    values = {key: _value(model, key, value, attached) for key, value in params.items() if key not in attached}
    try:
        method = model.model_validate(values)
    except ValidationError as error:
        raise bad_request(_reason(error)) from None
    _refuse_unknown(method, model.__name__)
    return method


def _value(model: type[Method], key: str, value: Any, attached: dict[str, Any]) -> Any:
    if _is_upload(value):
        return _upload(value)
    if isinstance(value, str):
        value = _typed(model, key, value)
    return _with_uploads(value, attached)


def _typed(model: type[Method], key: str, value: str) -> Any:
    """Forms carry everything as text: JSON unless the parameter takes text."""
    field = model.model_fields.get(key)
    if field is None:
        raise bad_request(f'unknown parameter "{key}" of {model.__name__}')
    if str in _leaves(field.annotation):
        is_chat = key.endswith("chat_id") and re.fullmatch(r"-?\d{1,18}", value)
        return int(value) if is_chat else value
    try:
        return json.loads(value)
    except ValueError:
        raise bad_request(f"can't parse {key} JSON object") from None


def _leaves(annotation: Any) -> set[Any]:
    """The members of a union, however deep; a list is a leaf."""
    if str(annotation).startswith("list["):
        return {annotation}
    arguments = get_args(annotation)
    return set().union(*(_leaves(argument) for argument in arguments)) if arguments else {annotation}


def _with_uploads(value: Any, attached: dict[str, Any]) -> Any:
    """``attach://name`` stands for the part of that name."""
    if isinstance(value, str) and value.startswith("attach://"):
        part = attached.get(value.removeprefix("attach://"))
        if part is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return _upload(part)
    if isinstance(value, list):
        return [_with_uploads(item, attached) for item in value]
    if isinstance(value, dict):
        return {key: _with_uploads(item, attached) for key, item in value.items()}
    return value


def _is_upload(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("content"), bytes)


def _upload(part: dict[str, Any]) -> BufferedInputFile:
    return BufferedInputFile(part["content"], filename=part["filename"])


def _reason(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(step) for step in first["loc"])
    if first["type"] == "missing":
        return f"{where} is empty"
    return f"can't parse {where}: {first['msg']}"


def _refuse_unknown(value: Any, where: str) -> None:
    """aiogram's models take anything besides their fields; here that is a mistake, at every depth."""
    if isinstance(value, BaseModel):
        if value.model_extra:
            raise bad_request(f'unknown parameter "{next(iter(value.model_extra))}" of {where}')
        for name in value.model_fields_set:
            _refuse_unknown(getattr(value, name), f"{where}.{name}")
    elif isinstance(value, list):
        for item in value:
            _refuse_unknown(item, where)
