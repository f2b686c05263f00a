"""The yardstick: a bare aiohttp handler that checks the HMAC and parses the JSON, and nothing else."""

import hashlib
import hmac
import json
import sys

from aiohttp import web

from bench.events import SECRET


async def webhook(request: web.Request) -> web.Response:
    body = await request.read()
    stamp, _, signature = request.headers["Stripe-Signature"].partition(",v1=")
    signed = f"{stamp[2:]}.".encode() + body
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signature):
        return web.Response(status=400)
    json.loads(body)
    return web.Response(body=b'{"received": true}', content_type="application/json")


def main() -> None:
    app = web.Application()
    app.router.add_post("/webhooks/stripe", webhook)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)


if __name__ == "__main__":
    main()
