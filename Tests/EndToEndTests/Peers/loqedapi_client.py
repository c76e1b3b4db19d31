"""Drives a bridge with the PyPI package loqedAPI, an independent client of LOQED's local API.

Usage: loqedapi_client.py BRIDGE KEY_SECRET BRIDGE_KEY KEY_ID
Prints one line for each thing that worked, and ends with 0 when all did.
"""

import asyncio
import sys

import aiohttp
from aiohttp import web
from loqedAPI import loqed


async def main(bridge: str, secret: str, bridge_key: str, key_id: int) -> None:
    received: asyncio.Queue = asyncio.Queue()

    async with aiohttp.ClientSession() as session:
        api = loqed.LoqedAPI(loqed.APIClient(session, f"http://{bridge}"))
        details = await api.async_get_lock_details()
        assert details["bolt_state"] == "day_lock", details
        assert details["lock_online"] == 1, details
        print("status")

        lock = await api.async_get_lock(secret, bridge_key, key_id, "test")
        assert lock.online and lock.battery_percentage == 82

        async def hook(request: web.Request) -> web.Response:
            result = await lock.receiveWebhook(
                await request.text(), request.headers["HASH"], request.headers["TIMESTAMP"]
            )
            await received.put(result)
            return web.Response()

        app = web.Application()
        app.router.add_post("/hook", hook)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}/hook"

        assert await lock.registerWebhook(url) == "CREATED"
        assert await lock.registerWebhook(url) == "EXISTS ALREADY"
        hooks = await lock.getWebhooks()
        assert [h["url"] for h in hooks] == [url], hooks
        assert hooks[0]["trigger_battery"] == 1, hooks
        print("webhooks")

        for action, state in ((lock.lock, "night_lock"), (lock.unlock, "latch"), (lock.open, "open")):
            answer = await action()
            assert await answer.text() == "Message resent to the lock"
            while lock.bolt_state != state:
                result = await asyncio.wait_for(received.get(), 10)
                assert "error" not in result, result
                assert result["key_local_id"] in (key_id, 255), result
            print(f"command {state}")

        while lock.bolt_state != "latch":
            result = await asyncio.wait_for(received.get(), 10)
            assert "error" not in result, result
        assert result["key_local_id"] == 255, result
        print("latch")

        await lock.deleteWebhook(hooks[0]["id"])
        assert await lock.getWebhooks() == []
        print("deleted")

        stranger = await api.async_get_lock(secret, secret, key_id, "stranger")
        try:
            await stranger.getWebhooks()
        except aiohttp.ClientResponseError as error:
            assert error.status == 401, error
            print("stranger refused")
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
