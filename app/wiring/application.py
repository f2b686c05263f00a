"""Settings in, a running application out. Which file builds what: services, outbox, recording, bot, web beside it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from app.settings import Settings
from app.wiring.bot import build_intake
from app.wiring.outbox import Outbox, add_workers
from app.wiring.recording import Recording, build_recording
from app.wiring.services import Services, opened_services
from app.wiring.web import build_web
from bot.telegram.chat_tasks import ChatTasks
from bot.telegram.updates import UpdateIntake
from checkout.model.catalog import Catalog
from checkout.ports.runtime import Clock


@dataclass(slots=True)
class Application:
    """The parts that live as long as the process."""

    services: Services
    outbox: Outbox
    recording: Recording
    chat_tasks: ChatTasks
    intake: UpdateIntake

    def web_app(self) -> web.Application:
        return build_web(self.services, self.outbox.wake, self.recording, self.intake)


@asynccontextmanager
async def built(settings: Settings, catalog: Catalog, clock: Clock | None) -> AsyncIterator[Application]:
    """An application whose database is open and whose connections are closed at the end."""
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(opened_services(settings, catalog, clock))
        outbox = Outbox()
        recording = build_recording(services, outbox.wake)
        add_workers(outbox, services, recording.writer)
        chat_tasks = ChatTasks()
        stack.push_async_callback(chat_tasks.stop)
        intake = build_intake(services, outbox.wake, recording, chat_tasks)
        yield Application(services, outbox, recording, chat_tasks, intake)
