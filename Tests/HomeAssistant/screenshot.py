"""A picture of the lock's page in Home Assistant, taken by Chromium."""

import asyncio
import base64
import json
import pathlib
import time

import aiohttp

import checks
from house import Process, listens

# The pages ask Home Assistant for everything that can be done, and for that it imports the part that listens to voices.
# Its packages must be compiled, and nothing here speaks.
VOICE = {"pymicro_vad": "class MicroVad: ...\n", "pyspeex_noise": "class AudioProcessor: ...\n"}
# The text that a page shows, in all the shadows that Home Assistant builds it of.
TEXT = """(function text(node) {
  return (node.nodeType == 3 ? node.textContent : "") + (node.shadowRoot ? text(node.shadowRoot) : "")
    + [...node.childNodes].map(text).join(" ");
})(document.body)"""
# Whether every icon has been drawn and nothing moves.
IS_STILL = """(function drawn(node) {
  const inner = [...(node.shadowRoot ? [node.shadowRoot] : []), ...node.childNodes];
  const hasPath = node.localName != "ha-svg-icon" || !!node.shadowRoot?.querySelector("path")?.getAttribute("d");
  const hasIcon = !["ha-icon", "ha-state-icon"].includes(node.localName)
    || !!node.shadowRoot?.querySelector("ha-icon, ha-svg-icon");
  return hasPath && hasIcon && inner.every(drawn);
})(document.body) && document.getAnimations().every(a => a.playState != "running")"""
SHOWN = ("Front door", "Device info", "Battery", "82%", "Last action", "Alice")
SIZE = {"width": 1280, "height": 1390, "deviceScaleFactor": 1, "mobile": False}


def prepare(house):
    """Before Home Assistant starts."""
    folder = house.folder / "stand-ins"
    folder.mkdir()
    for name, text in VOICE.items():
        (folder / f"{name}.py").write_text(text)
    house.home_assistant.environment["PYTHONPATH"] = str(folder)


async def take(house, path):
    """Opens the page of the front door's device after a day's life, waits until all is there, and writes the picture."""
    await house.start_gateway()
    await house.api.until(**checks.ALL_WELL)
    await house.api.service("lock.lock", checks.FRONT)
    await house.api.until(lock__front_door="locked", sensor__front_door_last_command="confirmed")
    await house.simulate("unlock 1")
    await house.api.until(lock__front_door="unlocked", sensor__front_door_last_action="unlocked")
    devices = await house.api.call("config/device_registry/list")
    device = next(d["id"] for d in devices if ["mqtt", "loqed_front_door"] in d["identifiers"])
    browser = Process(
        house.log("browser"),
        ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=9222"]
        + ["--remote-allow-origins=*", f"--user-data-dir={house.folder}/browser", "about:blank"],
    )
    await browser.start()
    try:
        await listens(9222)
        async with aiohttp.ClientSession() as session:
            async with session.get("http://127.0.0.1:9222/json") as answer:
                pages = await answer.json(content_type=None)
            url = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
            async with session.ws_connect(url, max_msg_size=0) as socket:
                await picture(socket, f"http://127.0.0.1:8123/config/devices/device/{device}", path)
    finally:
        await browser.stop()


async def picture(socket, page, path):
    async def call(method, **parameters):
        await socket.send_json({"id": 1, "method": method, "params": parameters})
        while True:
            document = json.loads((await socket.receive()).data)
            if document.get("id") == 1:
                return document.get("result", {})

    async def value(expression):
        # While the page logs in and loads itself anew, there is none.
        return (await call("Runtime.evaluate", expression=expression)).get("result", {}).get("value", "")

    await call("Emulation.setDeviceMetricsOverride", **SIZE)
    await call("Page.navigate", url=page)
    end = time.monotonic() + 60
    # A page that is being drawn gives no other sign than what it shows.
    text = ""
    while not (all(word in text for word in SHOWN) and await value(IS_STILL)):
        assert time.monotonic() < end, f"the page does not show {SHOWN}: {text}"
        await asyncio.sleep(0.2)
        text = await value(TEXT)
    shot = await call("Page.captureScreenshot", format="png")
    pathlib.Path(path).write_bytes(base64.b64decode(shot["data"]))
    print(f"{path}: {pathlib.Path(path).stat().st_size // 1024} KiB")
