"""Runs the checks on one release of Home Assistant; started by scripts/home-assistant."""

import argparse
import asyncio
import sys
import time
import traceback

import blueprints
import checks
import guide
import screenshot
from house import House


async def test(house):
    """Tells the story; the number of checks that failed."""
    failed = 0
    known = 0
    for sentence, run, logged in checks.STORY:
        begin = time.monotonic()
        problem = None
        try:
            await run(house)
        except AssertionError as error:
            problem = str(error) or traceback.format_exc()
        except Exception:
            problem = traceback.format_exc()
        complaints = house.complaints()
        loud = checks.unexpected(complaints[known:], logged)
        known = len(complaints)
        if problem is None and loud:
            problem = "Home Assistant complains: " + "\n".join(loud)
        failed += problem is not None
        print(f"{'passed' if problem is None else 'FAILED'}  {sentence} ({time.monotonic() - begin:.1f} s)", flush=True)
        if problem:
            print(f"        {problem}", flush=True)
    print(f"{len(checks.STORY) - failed} passed, {failed} failed", flush=True)
    return failed


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("verb", choices=["test", "screenshot"])
    for name in ("release", "python", "gateway"):
        parser.add_argument(f"--{name}", required=True)
    arguments = parser.parse_args()
    print(f"Home Assistant {arguments.release}", flush=True)
    house = House(arguments.release, arguments.python, arguments.gateway)
    failed = 1
    try:
        for module in [screenshot] if arguments.verb == "screenshot" else [blueprints, guide]:
            module.prepare(house)
        await house.start()
        if arguments.verb == "test":
            failed = await test(house)
        else:
            await screenshot.take(house, "docs/home-assistant/device.png")
            failed = 0
    finally:
        await house.stop(keeps_folder=failed > 0)
        if failed:
            print(f"The logs are in {house.folder}")
    return 1 if failed else 0


sys.exit(asyncio.run(main()))
