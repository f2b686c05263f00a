"""What is answered when something is not as it should be, in the route's own way, and the headers of all answers."""

from aiohttp import web

from web.dependencies import WebDependencies
from web.errors import LANGUAGE, Problem, problem_json
from web.language import chosen_language, preferred_language
from web.pages import PayPages
from web.security import security_headers

JSON_PATHS = ("/webhooks/", "/healthz", "/readyz", "/metrics")
# What a page may do does not stand on what it loads: a slow line would carry it once for each.
LOADED_BY_PAGES = ("text/css", "text/javascript")
OF_PAGES = ("Content-Security-Policy", "X-Frame-Options", "Permissions-Policy", "Cross-Origin-Opener-Policy")


class Answers:
    def __init__(self, dependencies: WebDependencies, pages: PayPages) -> None:
        self._pages, self._support = pages, dependencies.catalog.shop.support
        self._headers = security_headers(dependencies)
        self._of_loaded = {name: value for name, value in self._headers.items() if name not in OF_PAGES}

    def to(self, request: web.BaseRequest, problem: Problem) -> web.Response:
        """JSON to scripts, a readable page to people."""
        asked = preferred_language(request.headers.get("Accept-Language", ""))
        language = chosen_language(request) or request.get(LANGUAGE) or asked
        if _is_for_scripts(request.rel_url.raw_path):
            answer = problem_json(problem, language, self._support)
        else:
            answer = self._pages.problem(problem, language)
        self.complete(answer)
        return answer

    def complete(self, answer: web.StreamResponse) -> None:
        """Adds the headers that it has not set itself."""
        headers = self._of_loaded if answer.content_type in LOADED_BY_PAGES else self._headers
        for name, value in headers.items():
            answer.headers.setdefault(name, value)


def _is_for_scripts(path: str) -> bool:
    if path.startswith("/pay/"):
        return path.count("/") == 3 and path.endswith(("/intent", "/status"))
    return path.startswith(JSON_PATHS)
