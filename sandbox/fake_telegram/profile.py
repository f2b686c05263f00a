"""The bot's profile: commands by scope and language, descriptions, the menu button."""

from typing import Any

from aiogram.methods import (
    DeleteMyCommands,
    GetMyCommands,
    GetMyDescription,
    GetMyShortDescription,
    SetChatMenuButton,
    SetMyCommands,
    SetMyDescription,
    SetMyShortDescription,
)

from sandbox.fake_telegram.chats import Person
from sandbox.fake_telegram.rules import bad_request

MOST_COMMANDS = 100
LONGEST_DESCRIPTION = 512
LONGEST_SHORT_DESCRIPTION = 120
Commands = list[dict[str, Any]]


class Profile:
    """What setMy… keeps."""

    def __init__(self) -> None:
        self.descriptions: dict[tuple[str, str], str] = {}
        self.menu_button: dict[str, Any] = {"type": "default"}
        self._commands: dict[tuple[str, str], Commands] = {}

    def set_my_commands(self, method: SetMyCommands) -> bool:
        if len(method.commands) > MOST_COMMANDS:
            raise bad_request("too many bot commands specified")
        for command in method.commands:
            name = command.command.removeprefix("/")
            if not (1 <= len(name) <= 32 and name.replace("_", "a").isalnum() and name == name.lower()):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(command.description) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        kept = [
            {"command": command.command.removeprefix("/"), "description": command.description}
            for command in method.commands
        ]
        self._commands[_scope(method.scope), method.language_code or ""] = kept
        return True

    def get_my_commands(self, method: GetMyCommands) -> Commands:
        return self._commands.get((_scope(method.scope), method.language_code or ""), [])

    def delete_my_commands(self, method: DeleteMyCommands) -> bool:
        self._commands.pop((_scope(method.scope), method.language_code or ""), None)
        return True

    def set_my_description(self, method: SetMyDescription) -> bool:
        return self._describe("description", method.description, method.language_code, LONGEST_DESCRIPTION)

    def set_my_short_description(self, method: SetMyShortDescription) -> bool:
        text, language = method.short_description, method.language_code
        return self._describe("short_description", text, language, LONGEST_SHORT_DESCRIPTION)

    def get_my_description(self, method: GetMyDescription) -> dict[str, str]:
        return {"description": self._described("description", method.language_code)}

    def get_my_short_description(self, method: GetMyShortDescription) -> dict[str, str]:
        return {"short_description": self._described("short_description", method.language_code)}

    def set_chat_menu_button(self, method: SetChatMenuButton) -> bool:
        if method.menu_button is not None:
            self.menu_button = method.menu_button.model_dump(mode="json", exclude_none=True)
        return True

    def commands_for(self, person: Person) -> Commands:
        """The command menu that this person sees: the narrowest scope, the own language first."""
        for scope in (f"chat:{person.id}", "all_private_chats", "default"):
            for language in (person.language_code, ""):
                if commands := self._commands.get((scope, language)):
                    return commands
        return []

    def _described(self, kind: str, language: str | None) -> str:
        """Without one in the language the general one is told."""
        return self.descriptions.get((kind, language or "")) or self.descriptions.get((kind, ""), "")

    def _describe(self, kind: str, text: str | None, language: str | None, longest: int) -> bool:
        if len(text or "") > longest:
            raise bad_request(f"{kind.replace('_', ' ')} is too long")
        self.descriptions[kind, language or ""] = text or ""
        return True


def _scope(scope: Any) -> str:
    if scope is None:
        return "default"
    chat_id = getattr(scope, "chat_id", None)
    return str(scope.type) if chat_id is None else f"{scope.type}:{chat_id}"
