"""Home Assistant's WebSocket API, with a memory of every state that it has shown."""

import asyncio
import time

import aiohttp

LIMIT = 30.0


class Api:
    """One connection: commands, and all states as they change."""

    def __init__(self, session, socket):
        self._session = session
        self._socket = socket
        self._answers = {}
        self._last = 0
        self._changed = asyncio.Condition()
        self._reader = None
        self._followers = {}
        self._word = {}
        self.states = {}
        self.shown = []

    @classmethod
    async def connect(cls, url, token):
        """Waits until Home Assistant takes connections, has started, and is followed."""
        session = aiohttp.ClientSession()
        end = time.monotonic() + 120
        while True:
            try:
                socket = await session.ws_connect(url, max_msg_size=0)
                break
            except aiohttp.ClientError:
                # A server that starts gives no other sign than that it answers.
                if time.monotonic() > end:
                    await session.close()
                    raise
                await asyncio.sleep(0.1)
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": token})
        answer = await socket.receive_json()
        assert answer["type"] == "auth_ok", answer
        api = cls(session, socket)
        api._reader = asyncio.create_task(api._read())
        await api.call("subscribe_events", event_type="state_changed")
        for state in await api.call("get_states"):
            api.states.setdefault(state["entity_id"], state)
            api._word.setdefault(state["entity_id"], state["state"])
        await api.call("subscribe_events", event_type="homeassistant_started")
        running = (await api.call("get_config"))["state"] == "RUNNING"
        await api.wait(lambda: running or api.has_started, "Home Assistant runs", 120)
        return api

    has_started = False

    async def _read(self):
        async for message in self._socket:
            document = message.json()
            async with self._changed:
                if document["type"] == "event":
                    self._followers.get(document["id"], self._take)(document["event"])
                elif waiting := self._answers.pop(document["id"], None):
                    waiting.set_result(document)
                self._changed.notify_all()
        for waiting in self._answers.values():
            waiting.cancel()

    def _take(self, event):
        if event["event_type"] != "state_changed":
            self.has_started = True
            return
        entity, state = event["data"]["entity_id"], event["data"]["new_state"]
        if state is None:
            self.states.pop(entity, None)
        else:
            self.states[entity] = state
        word = state and state["state"]
        # The state of an event is the time of the last one, which says nothing here.
        if entity.startswith("event.") and state:
            word = state["attributes"].get("event_type", word)
            self.shown.append((entity, word))
        elif word != self._word.get(entity):
            self.shown.append((entity, word))
        self._word[entity] = word

    async def call(self, kind, **arguments):
        """One command; the result, or a failed assertion with Home Assistant's words."""
        self._last += 1
        answer = self._answers[self._last] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": self._last, "type": kind, **arguments})
        document = await asyncio.wait_for(answer, LIMIT)
        assert document["success"], f"{kind}: {document.get('error')}"
        return document["result"]

    async def service(self, name, entity):
        domain, service = name.split(".")
        await self.call("call_service", domain=domain, service=service, target={"entity_id": entity})

    async def reload_mqtt(self):
        """Home Assistant's connection to the broker ends, and it begins anew."""
        data = {"entry_id": "mqtt"}
        await self.call("call_service", domain="homeassistant", service="reload_config_entry", service_data=data)

    async def follow(self, trigger, fired):
        """Calls ``fired`` each time that an automation with that trigger would start."""
        self._followers[self._last + 1] = lambda event: fired()
        await self.call("subscribe_trigger", trigger=trigger)

    async def listen(self, kind, heard):
        """Calls ``heard`` with the data of each event of that kind."""
        self._followers[self._last + 1] = lambda event: heard(event["data"])
        await self.call("subscribe_events", event_type=kind)

    async def wait(self, holds, what, limit=LIMIT):
        """Waits for something that is true after some event, no longer than `limit` seconds."""
        async with self._changed:
            try:
                await asyncio.wait_for(self._changed.wait_for(holds), limit)
            except asyncio.TimeoutError:
                raise AssertionError(f"not within {limit:.0f} s: {what}; lately {self.shown[-12:]}") from None

    def state(self, entity):
        return self.states.get(entity, {}).get("state")

    def attribute(self, entity, name):
        return self.states.get(entity, {}).get("attributes", {}).get(name)

    async def until(self, limit=LIMIT, **expected):
        """Waits until entities have these states; their ids are written with `__` for the dot."""
        wanted = {name.replace("__", ".", 1): state for name, state in expected.items()}
        await self.wait(lambda: all(self.state(name) == state for name, state in wanted.items()), str(wanted), limit)

    def forget(self):
        """From here on ``words(of:)`` begins anew."""
        self.shown.clear()

    def words(self, entity):
        """The states that an entity has shown since, without those that repeat."""
        return [word for name, word in self.shown if name == entity]

    async def close(self):
        await self._socket.close()
        await self._reader
        await self._session.close()
