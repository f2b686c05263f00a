"""What the shop is told: by flags, the environment and `.env`; what is new is written down at once."""

from collections.abc import Mapping
from pathlib import Path

from app.settings import FORMS, RESEND_API, STRIPE_API, TELEGRAM_API
from app.settings_sources import Sources
from app.settings_values import service_url
from app.setup.env_file import EnvFile
from checkout.errors import InvalidInput

REQUIRED = ("BOT_TOKEN", "STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "RESEND_API_KEY", "MAIL_FROM", "PUBLIC_URL")

SERVICES = {"TELEGRAM_API_URL": TELEGRAM_API, "STRIPE_API_URL": STRIPE_API, "RESEND_API_URL": RESEND_API}


class Answers:
    """``to_print`` holds what could not be written: the environment goes before `.env`, or the disk refused."""

    def __init__(self, flags: Mapping[str, str], environment: Mapping[str, str], folder: Path) -> None:
        """Raises InvalidInput for a ``.env`` that cannot be read."""
        self._flags, self._environment, self._folder = flags, environment, folder
        self._file = EnvFile(folder / ".env")
        self._kept: dict[str, str] = {}
        self.to_print: dict[str, str] = {}
        self._sources = Sources(environment, folder)
        self.is_from_environment = not self._file.exists and all(self._set(name) for name in REQUIRED)

    @property
    def folder(self) -> Path:
        return self._folder

    def value(self, name: str) -> str:
        """Empty where nobody said anything. Raises InvalidInput for a NAME_FILE that cannot be read."""
        return self._flags.get(name) or self._kept.get(name) or self._sources.value(name)

    def secrets(self, name: str) -> tuple[str, ...]:
        """Several while one takes another's place; none where what stands there will not do."""
        try:
            known: tuple[str, ...] = FORMS[name](self.value(name))
        except InvalidInput:
            return ()
        return known

    def service(self, name: str) -> str:
        """The base address of a service. Raises InvalidInput."""
        return service_url(self.value(name) or SERVICES[name])

    def other_service(self, name: str) -> str | None:
        """None for the service itself: its SDK knows the hosts. Raises InvalidInput."""
        url = self.service(name)
        return None if url == SERVICES[name] else url

    def keep(self, name: str, value: str) -> None:
        """Writes it into ``.env`` before anything else happens; nothing where it stands already.

        Raises InvalidInput for what cannot stand there.
        """
        if value == self._kept.get(name, self._set(name)):
            return
        self._kept[name] = value
        self._flags = {one: said for one, said in self._flags.items() if one != name}
        if self.is_from_environment or not self._sources.has_its_word_from_the_file(name):
            self.to_print[name] = value
            return
        try:
            self._file.set(name, value)
        except OSError:
            self.to_print[name] = value

    @property
    def left_behind(self) -> list[str]:
        """What the environment has from an older ``.env``, until it is read anew."""
        written = self._kept.keys() - self.to_print.keys()
        return sorted(name for name in written if self._environment.get(name, "").strip() not in ("", self._kept[name]))

    def environment(self) -> Mapping[str, str]:
        """As it will be once what is written and printed has been read."""
        kept = {name: value for name, value in self._environment.items() if name not in self.left_behind}
        return {**kept, **self.to_print}

    def refuse_unwritable(self) -> None:
        """Raises InvalidInput where what somebody is to type could not be kept."""
        if not self.is_from_environment:
            self._file.refuse_unwritable()

    def close_to_others(self) -> None:
        """Makes ``.env`` readable for its owner alone. Raises OSError."""
        self._file.close_to_others()

    def _set(self, name: str) -> str:
        try:
            return self._sources.value(name)
        except InvalidInput:
            return ""
