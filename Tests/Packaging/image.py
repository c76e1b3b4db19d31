"""Builds images and runs containers without a container engine, as far as ours need it. Only root can.

An image is a folder: a Debian made by debootstrap in the place of `debian:12-slim`, in which the RUN lines of a Dockerfile's
last stage are run. A container is a process in namespaces of its own with that folder as its root.
"""

import dataclasses
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import time

# What a container engine gives a container by default.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
INSTRUCTION = re.compile(r"([A-Z]+)\s+(.*)", re.DOTALL)


@dataclasses.dataclass
class Image:
    root: pathlib.Path
    environment: dict[str, str] = dataclasses.field(default_factory=lambda: {"PATH": PATH})
    user: str = "0:0"
    entrypoint: list[str] = dataclasses.field(default_factory=list)
    command: list[str] = dataclasses.field(default_factory=list)
    health: list[str] = dataclasses.field(default_factory=list)
    volumes: list[str] = dataclasses.field(default_factory=list)


def instructions(text: str) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile in their order, without comments, lines that go on joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    found = []
    for line in filter(str.strip, joined.splitlines()):
        match = INSTRUCTION.fullmatch(line.strip())
        if not match:
            raise ValueError(f"no instruction of a Dockerfile: {line}")
        found.append((match[1], match[2].strip()))
    return found


def last_stage(text: str) -> list[tuple[str, str]]:
    found = instructions(text)
    start = max(index for index, (name, _) in enumerate(found) if name == "FROM")
    return found[start:]


def build(dockerfile: pathlib.Path, base: str, root: pathlib.Path, sources: dict[str, pathlib.Path]) -> Image:
    """Runs the last stage of a Dockerfile in `root`, which holds the Debian that `base` names.

    `sources` has the folders that COPY takes from: the context as "", earlier stages by name.
    """
    image = Image(root)
    for name, rest in last_stage(dockerfile.read_text()):
        if name == "FROM":
            if rest != base:
                raise ValueError(f"{dockerfile} is from {rest}, and here is {base}")
        elif name == "RUN":
            print(f"   RUN {' '.join(rest.split())[:100]}", flush=True)
            run_step(image, rest)
        elif name == "COPY":
            copy(image, rest, sources)
        elif name == "ENV":
            image.environment |= dict(pair.split("=", 1) for pair in shlex.split(rest))
        elif name == "USER":
            image.user = rest
        elif name == "VOLUME":
            image.volumes.append(rest)
        elif name == "ENTRYPOINT":
            image.entrypoint = json.loads(rest)
        elif name == "CMD":
            image.command = json.loads(rest)
        elif name == "HEALTHCHECK":
            image.health = json.loads(rest[rest.index("CMD") + 3:])
        elif name == "STOPSIGNAL":
            if rest != "SIGTERM":
                raise ValueError(f"stops by {rest}")
        elif name not in ("EXPOSE", "LABEL"):
            raise ValueError(f"{name} is not known here")
    return image


def copy(image: Image, rest: str, sources: dict[str, pathlib.Path]):
    flags, words = {}, shlex.split(rest)
    while words[0].startswith("--"):
        key, value = words.pop(0)[2:].split("=", 1)
        flags[key] = value
    if set(flags) - {"from", "chmod"}:
        raise ValueError(f"COPY {rest}: not known here")
    folder = sources[flags.get("from", "")]
    *froms, to = words
    for source in froms:
        place, target = folder / source.lstrip("/"), image.root / to.lstrip("/")
        if place.is_dir():
            shutil.copytree(place, target, dirs_exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(place, target)
            if "chmod" in flags:
                target.chmod(int(flags["chmod"], 8))


def run_step(image: Image, line: str):
    """Runs a shell line in the image as its build does: as root, with the network."""
    script = f"""
        set -e
        for file in resolv.conf hosts; do mount --bind /etc/$file {image.root}/etc/$file; done
        mount -t proc proc {image.root}/proc
        exec chroot {image.root} /bin/sh -c "$1"
    """
    for name in ("resolv.conf", "hosts"):
        (image.root / "etc" / name).touch()
    done = subprocess.run(["unshare", "--mount", "--pid", "--fork", "sh", "-c", script, "sh", line],
                          env=image.environment | {"DEBIAN_FRONTEND": "noninteractive"}, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"RUN ended with {done.returncode}: {line}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


class Container:
    """A process with the image as its root, and what a container engine is asked for around it."""

    def __init__(self, image: Image, log: pathlib.Path, *, user: str | None = None, command: list[str] | None = None,
                 environment: dict[str, str] | None = None, mounts: list[tuple[pathlib.Path, str, bool]] = (),
                 memory: list[str] = (), read_only: bool, capabilities: str = "-all", no_new_privileges: bool = True):
        """Starts it. `mounts` are (folder outside, path inside, read-only); `memory` are paths of tmpfs inside."""
        self.image, self.log = image, log
        self.user = user or image.user
        self.environment = image.environment | (environment or {})
        root = image.root
        script = ["set -e", "mount --make-rprivate /", f"mount --bind {root} {root}", f"cd {root}"]
        script += ["mount -t proc proc proc", "mount -t tmpfs -o mode=755 tmpfs dev"]
        for device in ("null", "zero", "random", "urandom", "full"):
            script.append(f"touch dev/{device}; mount --bind /dev/{device} dev/{device}")
        script += ["ln -s /proc/self/fd dev/fd", "mount -o remount,ro dev"]
        for path in memory:
            script += [f"mkdir -p ./{path}", f"mount -t tmpfs -o mode=1777 tmpfs ./{path}"]
        for outside, inside, only in mounts:
            make = f"mkdir -p ./{inside}" if outside.is_dir() else f"touch ./{inside}"
            script += [make, f"mount --bind {outside} ./{inside}"]
            if only:
                script.append(f"mount -o remount,bind,ro ./{inside}")
        if read_only:
            script.append("mount -o remount,bind,ro .")
        uid, gid = self.user.split(":")
        confined = [f"--reuid={uid}", f"--regid={gid}", "--clear-groups", f"--bounding-set={capabilities}"]
        confined += ["--no-new-privs"] if no_new_privileges else []
        self.confined = ["/usr/bin/setpriv", *confined]
        started = [*self.confined, *image.entrypoint, *(image.command if command is None else command)]
        script.append("exec chroot . " + shlex.join(started))
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", "\n".join(script)],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=self.environment)

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def first_process(self) -> int:
        """The process that is number 1 inside."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def execute(self, *command: str, as_root: bool = False) -> subprocess.CompletedProcess:
        """Runs another command inside, as the container's user."""
        words = list(command) if as_root else [*self.confined, *command]
        return subprocess.run(["nsenter", "--target", str(self.first_process), "--mount", "--pid", "chroot", self.image.root, *words],
                              env=self.environment, capture_output=True, text=True)

    def is_healthy(self) -> bool:
        return self.process.poll() is None and self.execute(*self.image.health).returncode == 0

    def stop(self, grace: float) -> tuple[int, float]:
        """Asks it to stop as an engine does; its exit code, and how long it took. Raises when the grace is over."""
        begin = time.monotonic()
        os.kill(self.first_process, signal.SIGTERM)
        code = self.process.wait(grace)
        return code, time.monotonic() - begin

    def kill(self):
        """Ends it at once. With its first process all others inside end; --kill-child does not outlive a change of user."""
        if self.process.poll() is None:
            os.kill(self.first_process, signal.SIGKILL)
            self.process.wait()
