"""Proves what the gateway is installed by, in a bare Debian 12: the image, the app and the Debian package.

usage: prove.py --gateway FILE --package FILE.deb --debian FOLDER_OR_TARBALL [image] [app] [package]

Run by scripts/prove-install, as root. After everything is installed, all runs in a network out of which nothing gets.
"""

import argparse
import ctypes
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

import yaml

import setting
from image import Container, Image, build, run_step

CLONE_NEWNET = 0x40000000
WRITABLE = "find / ( -path /proc -o -path /dev ) -prune -o ( -type d -o -type f ) -writable -print"


def say(text: str):
    print(f"   {text}", flush=True)


def expect(condition, text: str, *details):
    """States a fact, or ends with it and the details."""
    if not condition:
        print(f"   FAILED: {text}", *details, sep="\n", file=sys.stderr)
        sys.exit(1)
    say(text)


class Proof:
    """A folder for everything, and what must be ended."""

    def __init__(self, arguments):
        self.gateway = arguments.gateway.resolve()
        self.package = arguments.package.resolve()
        self.debian = arguments.debian.resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="loqed-gateway-proof-"))
        self.folder.chmod(0o755)
        self.cleanups: list = []

    # What the helpers of the tests ask of a test case.
    def addCleanup(self, function, *arguments):
        self.cleanups.append((function, arguments))

    def clean(self):
        while self.cleanups:
            function, arguments = self.cleanups.pop()
            function(*arguments)

    def new_root(self, name: str) -> pathlib.Path:
        root = self.folder / name
        root.mkdir()
        subprocess.run(["tar", "--extract", "--file", self.debian, "--directory", root], check=True)
        return root

    def container(self, *arguments, **options) -> Container:
        container = Container(*arguments, **options)
        self.addCleanup(container.kill)
        return container

    def start_broker(self) -> dict[str, str]:
        """The broker of compose.yaml, as its own user; returns the passwords of its users."""
        secrets, data = self.folder / "secrets", self.folder / "broker-data"
        for name in ("broker", "gateway", "users"):
            (secrets / name).mkdir(parents=True)
        data.mkdir()
        os.chown(data, 1883, 1883)
        variables = setting.environment(SECRETS=str(secrets), ACCESS_LIST=str(setting.docker / "gateway" / "acl"))
        subprocess.run(["/bin/sh", setting.docker / "mosquitto" / "prepare"], env=variables, check=True)
        text = (setting.docker / "mosquitto" / "mosquitto.conf").read_text()
        text = text.replace("/mosquitto/secrets", f"{secrets}/broker").replace("/mosquitto/data", str(data))
        (self.folder / "mosquitto.conf").write_text(text)
        mosquitto = shutil.which("mosquitto", path=variables["PATH"])
        setting.Program(self, self.folder, "broker", [
            "setpriv", "--reuid=1883", "--regid=1883", "--clear-groups", "--bounding-set=-all", "--no-new-privs",
            mosquitto, "-c", self.folder / "mosquitto.conf"])
        setting.eventually("the broker listens", lambda: setting.listens(1883))
        return {"loqed": (secrets / "gateway" / "mqtt.password").read_text().strip()} | {
            path.name: path.read_text().strip() for path in (secrets / "users").iterdir()}

    def start_simulator(self):
        setting.Program(self, self.folder, "simulator", [self.gateway, "simulate"])
        setting.eventually("the simulator listens", lambda: setting.listens(8080))

    # MARK: The image, by compose.yaml

    def build_image(self) -> Image:
        built = self.folder / "build-stage"
        program = built / "image" / "usr" / "bin" / "loqed-gateway"
        program.parent.mkdir(parents=True)
        subprocess.run(["install", "--strip", "--mode=755", self.gateway, program], check=True)
        return build(setting.docker / "Dockerfile", "debian:12-slim", self.new_root("image"), {"build": built / "."})

    def service(self, image: Image, name: str) -> Container:
        """Starts a service of compose.yaml that has our image."""
        compose = yaml.safe_load((setting.docker / "compose.yaml").read_text())["services"][name]
        expect_keys = {"read_only", "cap_drop", "security_opt", "logging", "image", "build", "network_mode", "user",
                       "stop_grace_period", "depends_on", "volumes", "healthcheck", "restart", "profiles", "command",
                       # The gateway sets this limit itself; the engine's would forbid it another.
                       "ulimits"}
        if set(compose) - expect_keys:
            raise ValueError(f"compose.yaml: {set(compose) - expect_keys} is not known here")
        mounts = []
        for mount in compose.get("volumes", []):
            source, inside, only = re.fullmatch(r"(?:\$\{\w+:-)?([^}:]+)\}?:([^:]+)(:ro)?", mount).groups()
            outside = setting.docker / source if source.startswith(".") else self.volume(image, source, inside)
            mounts.append((outside.resolve(), inside, bool(only)))
        return self.container(
            image, self.folder / f"{name}.log", user=compose["user"], command=compose.get("command"), mounts=mounts,
            read_only=compose["read_only"], no_new_privileges="no-new-privileges:true" in compose["security_opt"],
            capabilities="-all" if compose["cap_drop"] == ["ALL"] else "+all")

    def volume(self, image: Image, name: str, inside: str) -> pathlib.Path:
        if name == "gateway-secrets":
            return self.folder / "secrets" / "gateway"
        folder, original = self.folder / "volumes" / name, image.root / inside.lstrip("/")
        if not folder.exists():
            # A new volume begins as a copy of what the image has there, owner and all.
            folder.mkdir(parents=True)
            if original.exists():
                status = original.stat()
                os.chown(folder, status.st_uid, status.st_gid)
                folder.chmod(status.st_mode & 0o7777)
        return folder

    def prove_image(self, image: Image):
        passwords = self.start_broker()
        simulator = self.service(image, "simulator")
        gateway = self.service(image, "gateway")

        def state() -> str:
            return setting.read_topic(1883, "loqed/front_door/state", "panel", passwords["panel"], 1)

        setting.eventually("the state is on the broker", lambda: state() == "unlocked" or gateway.process.poll() is not None)
        expect(state() == "unlocked", "the lock's state is on the broker", gateway.output, simulator.output)
        expect(gateway.is_healthy(), "the health check says: healthy", gateway.execute(*image.health).stderr)
        status = pathlib.Path(f"/proc/{gateway.first_process}/status").read_text()
        facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        expect(facts["Uid"].split() == ["980"] * 4 and facts["Gid"].split() == ["980"] * 4 and not facts["Groups"].strip(),
               "it runs as 980:980, and in no other group", status)
        expect({facts[name] for name in facts if name.startswith("Cap")} == {"0" * 16} and facts["NoNewPrivs"] == "1",
               "it has no capability, and can get none", status)
        written = gateway.execute("/bin/sh", "-c", shlex.join(shlex.split(WRITABLE))).stdout.splitlines()
        expect(written and all(path.startswith("/var/lib/loqed-gateway") for path in written),
               f"it may write to its volume alone: {', '.join(written)}", *written)
        refused = gateway.execute("/usr/bin/touch", "/etc/loqed-gateway/x", "/usr/bin/x", "/tmp/x", "/x", as_root=True)
        expect(refused.stderr.count("Read-only file system") == 4, "not even root may write elsewhere", refused.stderr)
        printed = gateway.execute("/usr/bin/loqed-gateway", "acl")
        expect(printed.stdout == (setting.docker / "gateway" / "acl").read_text(),
               "it prints the broker's access list, and that is the one there", printed.stdout, printed.stderr)
        told = gateway.execute("/usr/bin/loqed-gateway", "status")
        expect(told.returncode == 0 and "unlocked" in told.stdout, "its own terminal tells the state", told.stdout, told.stderr)
        doctor = gateway.execute("/usr/bin/loqed-gateway", "doctor")
        expect(doctor.returncode == 0, "the doctor finds no fault", doctor.stdout, doctor.stderr)
        mapped = [line.rpartition(" ")[2] for line in pathlib.Path(f"/proc/{gateway.first_process}/maps").read_text().splitlines()]
        expect(str(self.gateway) not in mapped, "it is the image's own program")
        code, seconds = gateway.stop(15)
        expect(code == 0, f"SIGTERM ends it in {seconds:.2f} s of the 15 it has, with 0", code, gateway.output)
        last = setting.read_topic(1883, "loqed/gateway/availability", "panel", passwords["panel"])
        expect(last == "offline", "it has said goodbye to the broker", last)
        gateway = self.service(image, "gateway")
        setting.eventually("the state is on the broker again", lambda: state() == "unlocked")
        expect(True, "it starts again on its old volume, and the state is back")
        for secret in [*passwords.values(), *setting.DEMO_KEYS.values()]:
            expect_absent(secret, gateway.output)
        code, seconds = simulator.stop(15)
        expect(code in (0, 143), f"SIGTERM ends the simulator in {seconds:.2f} s", code)

    # MARK: The app of Home Assistant

    def build_app(self) -> Image:
        folder = self.folder / "app-repository"
        subprocess.run([setting.repository / "scripts" / "home-assistant-app", "--binary", self.gateway, folder], check=True,
                       stdout=subprocess.DEVNULL)
        app = folder / "loqed_gateway"
        return build(app / "Dockerfile", "debian:12-slim", self.new_root("app"), {"": app})

    def prove_app(self, image: Image):
        passwords = self.start_broker()
        self.start_simulator()
        # The Supervisor's network, and its name and port.
        subprocess.run(["ip", "address", "add", "172.30.32.1/32", "dev", "lo"], check=True)
        hosts = self.folder / "hosts"
        hosts.write_text("127.0.0.1 localhost supervisor core-mosquitto\n")
        token = "supervisor-token-canary"
        setting.Supervisor(self, token, 200, {"result": "ok", "data": {
            "host": "core-mosquitto", "port": 1883, "ssl": False, "protocol": "3.1.1", "username": "loqed",
            "password": passwords["loqed"]}}, port=80)
        data = self.folder / "app-data"
        data.mkdir()
        (data / "options.json").write_text(json.dumps({"locks": [{
            "id": "front_door", "integration": json.dumps({
                "bridge_ip": "127.0.0.1:8080", "bridge_key": setting.DEMO_KEYS["bridge_key"],
                "lock_key_key": setting.DEMO_KEYS["key_secret"], "lock_key_local_id": 3})}]}))
        (data / "options.json").chmod(0o600)
        config = yaml.safe_load((setting.app / "config.yaml").read_text())
        # What Docker leaves to a container, and the Supervisor does not take away.
        default = "-all," + ",".join(f"+{name}" for name in (
            "chown", "dac_override", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "net_bind_service", "net_raw",
            "sys_chroot", "mknod", "audit_write", "setfcap"))
        app = self.container(
            image, self.folder / "app.log", mounts=[(data, "/data", False), (hosts, "/etc/hosts", True)], read_only=False,
            environment={"SUPERVISOR_TOKEN": token}, memory=["/tmp"] if config["tmpfs"] else [], no_new_privileges=False,
            capabilities=default)

        def state() -> str:
            return setting.read_topic(1883, "loqed/front_door/state", "panel", passwords["panel"], 1)

        setting.eventually("the state is on the broker", lambda: state() == "unlocked" or app.process.poll() is not None)
        expect(state() == "unlocked", "the lock's state is on the broker", app.output)
        expect(app.is_healthy(), "the health check says: healthy", app.execute(*image.health).stderr)
        watchdog = config["watchdog"].replace("[HOST]", "172.30.32.1")
        with urllib.request.urlopen(watchdog, timeout=5) as answer:
            expect(answer.status == 200, f"the Supervisor's watchdog is content: {watchdog}")
        status = pathlib.Path(f"/proc/{app.first_process}/status").read_text()
        expect("Uid:\t980\t980\t980\t980" in status and not re.search(r"^Cap...:\t0*[1-9a-f]", status, re.MULTILINE),
               "it runs as 980 without a capability", status)
        modes = app.execute("/usr/bin/stat", "-c", "%a %u %n", "/tmp/loqed-gateway/gateway.json", "/data/state", as_root=True)
        expect(modes.stdout == "600 980 /tmp/loqed-gateway/gateway.json\n700 980 /data/state\n",
               "its configuration is in memory, and only it reads that", modes.stdout, modes.stderr)
        environment = pathlib.Path(f"/proc/{app.first_process}/environ").read_text()
        for secret in (token, passwords["loqed"], *setting.DEMO_KEYS.values()):
            expect_absent(secret, app.output + environment)
        code, seconds = app.stop(config["timeout"])
        expect(code == 0, f"SIGTERM ends it in {seconds:.2f} s of the {config['timeout']} it has, with 0", code, app.output)

    # MARK: The Debian package

    def install_package(self) -> Image:
        """Installs the package as a person would, with the network that apt wants."""
        image = Image(self.new_root("package"))
        shutil.copy(self.package, image.root / "root" / "old.deb")
        # The same package with a higher version and other texts, for an upgrade.
        parts = self.folder / "newer"
        subprocess.run(["dpkg-deb", "--raw-extract", self.package, parts], check=True)
        control = parts / "DEBIAN" / "control"
        control.write_text(re.sub(r"^Version: (.*)$", r"Version: \1+next", control.read_text(), flags=re.MULTILINE))
        with (parts / "usr/share/doc/loqed-gateway/gateway.yaml").open("a") as text:
            text.write("# A new key.\n")
        subprocess.run(["dpkg-deb", "--root-owner-group", "--build", parts, image.root / "root" / "new.deb"], check=True,
                       stdout=subprocess.DEVNULL)
        run_step(image, "apt-get update && apt-get install --yes /root/old.deb >/root/apt.log 2>&1 || { cat /root/apt.log; false; }")
        return image

    def prove_package(self, image: Image):
        root = image.root

        def inside(script: str) -> subprocess.CompletedProcess:
            # Swift finds the arguments of a program in /proc.
            enter = f'mount -t proc proc {root}/proc && exec chroot {root} /bin/sh -c "$1"'
            return subprocess.run(["unshare", "--mount", "--pid", "--fork", "sh", "-c", enter, "sh", script],
                                  capture_output=True, text=True, env=image.environment | {"DEBIAN_FRONTEND": "noninteractive"})

        output = (root / "root" / "apt.log").read_text()
        expect("sudo loqed-gateway setup --output /etc/loqed-gateway/gateway.yaml" in output, "it says what to do next", output)
        enabled = root / "etc/systemd/system/multi-user.target.wants/loqed-gateway.service"
        expect(not enabled.is_symlink(), "it is not enabled before it is configured")
        account = inside("id loqed-gateway && stat -c '%a %U:%G' /etc/loqed-gateway && ls -A /etc/loqed-gateway")
        expect(account.stdout.endswith("750 root:loqed-gateway\n"),
               "the folder of its configuration is empty, and closed to others", account.stdout, account.stderr)
        done = inside("cd /usr/share/doc/loqed-gateway && loqed-gateway check && ls docs/schema/gateway.schema.json")
        expect(done.returncode == 0, "every key is explained in a file that is good", done.stdout, done.stderr)
        manual = inside("gunzip -c /usr/share/man/man1/loqed-gateway.1.gz | head -3")
        expect("loqed-gateway" in manual.stdout.lower(), "there is a manual page", manual.stdout)

        # Configured and enabled, then started as the unit says.
        broker = self.folder / "open.conf"
        broker.write_text("listener 1883 127.0.0.1\nallow_anonymous true\nuser root\n")
        setting.Program(self, self.folder, "broker", [
            shutil.which("mosquitto", path=setting.environment()["PATH"]), "-c", broker])
        setting.eventually("the broker listens", lambda: setting.listens(1883))
        self.start_simulator()
        (root / "root" / "integration.json").write_text(json.dumps({
            "bridge_ip": "127.0.0.1", "bridge_key": setting.DEMO_KEYS["bridge_key"],
            "lock_key_key": setting.DEMO_KEYS["key_secret"], "lock_key_local_id": 3}))
        configuration = root / "etc/loqed-gateway/gateway.yaml"
        done = inside("loqed-gateway setup --yes --integration-file /root/integration.json --broker 127.0.0.1 "
                      "--bridge 127.0.0.1:8080 --id front_door --name 'At the street' --listen 127.0.0.1:8099 "
                      "--output /etc/loqed-gateway/gateway.yaml")
        expect(done.returncode == 0 and "At the street" in configuration.read_text(),
               "setup tries broker and bridge, and writes the configuration", done.stdout, done.stderr)
        account = inside("stat -c '%a %U:%G' /etc/loqed-gateway/gateway.yaml")
        expect(account.stdout == "640 root:loqed-gateway\n", "which the gateway reads, and nobody else", account.stdout)
        done = inside("cd / && loqed-gateway check")
        expect(done.returncode == 0 and done.stdout.startswith("/etc/loqed-gateway/gateway.yaml is good"),
               "check finds it, and finds it good", done.stdout, done.stderr)
        # As `systemctl enable` does; there is no systemd in a bare Debian.
        enabled.parent.mkdir(parents=True, exist_ok=True)
        enabled.symlink_to("/lib/systemd/system/loqed-gateway.service")
        unit = (root / "lib/systemd/system/loqed-gateway.service").read_text()
        start = shlex.split(re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)[1])
        if re.search(r"^Environment", unit, re.MULTILINE):
            raise ValueError("the unit has variables, which what is run by hand would not have")
        identity = inside("echo $(id -u loqed-gateway):$(id -g loqed-gateway)").stdout.strip()
        state_folder = root / "var/lib/loqed-gateway"
        state_folder.mkdir(mode=0o700, exist_ok=True)
        os.chown(state_folder, *map(int, identity.split(":")))
        service = self.container(Image(root, environment=image.environment, entrypoint=start), self.folder / "unit.log",
                                 user=identity, mounts=[(state_folder, "/var/lib/loqed-gateway", False)], read_only=True)
        setting.eventually("the state is on the broker", lambda: setting.read_topic(
            1883, "loqed/front_door/state", "x", "x", 1) == "unlocked" or service.process.poll() is not None)
        expect(service.process.poll() is None, "the unit's command line brings the lock's state to the broker", service.output)
        doctor = service.execute("/usr/bin/loqed-gateway", "doctor")
        expect(doctor.returncode == 0 and " /var/lib/loqed-gateway" in doctor.stdout,
               "the doctor finds no fault", doctor.stdout, doctor.stderr)
        why = inside("loqed-gateway explain front_door")
        expect(why.returncode == 0 and "front_door is unlocked" in why.stdout, "and the gateway says why its state is so",
               why.stdout, why.stderr)
        code, seconds = service.stop(10)
        expect(code == 0, f"SIGTERM ends it in {seconds:.2f} s", code, service.output)
        kept = sorted(path.name for path in state_folder.rglob("*"))
        expect(kept, f"it leaves its state: {', '.join(kept)}")

        done = inside("dpkg --install /root/new.deb")
        expect(done.returncode == 0 and "At the street" in configuration.read_text() and enabled.is_symlink()
               and kept == sorted(path.name for path in state_folder.rglob("*")),
               "an upgrade keeps configuration, state, and that it is enabled", done.stdout, done.stderr)
        expect("setup" not in done.stdout, "and does not ask to be configured again", done.stdout)
        done = inside("dpkg --remove loqed-gateway")
        expect(done.returncode == 0 and not (root / "usr/bin/loqed-gateway").exists() and configuration.exists() and state_folder.exists(),
               "removing takes the program, and leaves configuration and state", done.stderr)
        mask = root / "etc/systemd/system/loqed-gateway.service"
        expect(mask.is_symlink() and os.readlink(mask) == "/dev/null", "what is left of the service cannot be started")
        done = inside("dpkg --install /root/new.deb")
        expect(done.returncode == 0 and enabled.is_symlink() and not mask.is_symlink() and "At the street" in configuration.read_text(),
               "installed again, it is configured and enabled as before", done.stderr)
        done = inside("dpkg --purge loqed-gateway")
        left = [path for path in ("/etc/loqed-gateway", "/var/lib/loqed-gateway", "/usr/share/doc/loqed-gateway", str(enabled), str(mask))
                if os.path.lexists(root / path.lstrip("/") if not path.startswith(str(root)) else path)]
        account = inside("getent passwd loqed-gateway; getent group loqed-gateway")
        expect(done.returncode == 0 and not left and not account.stdout,
               "purging leaves nothing: no configuration, no state, no user", done.stderr, left, account.stdout)


def expect_absent(secret: str, text: str):
    if secret in text:
        print("   FAILED: a secret is in the log or the environment", file=sys.stderr)
        sys.exit(1)


def main():
    arguments = argparse.ArgumentParser(add_help=False)
    arguments.add_argument("--gateway", type=pathlib.Path, required=True)
    arguments.add_argument("--package", type=pathlib.Path, required=True)
    arguments.add_argument("--debian", type=pathlib.Path, required=True)
    arguments.add_argument("what", nargs="*", choices=["image", "app", "package", []])
    known = arguments.parse_args()
    setting.gateway = known.gateway.resolve()
    chosen = known.what or ["image", "app", "package"]
    proof = Proof(known)
    prepare = {"image": proof.build_image, "app": proof.build_app, "package": proof.install_package}
    prove = {"image": proof.prove_image, "app": proof.prove_app, "package": proof.prove_package}
    begin = time.monotonic()
    try:
        built = {}
        for name in chosen:
            print(f"-- {name}: installing", flush=True)
            built[name] = prepare[name]()
        for name in chosen:
            print(f"-- {name}: running", flush=True)
            # A network of its own for each, out of which nothing gets.
            if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
                sys.exit("no network namespace: run this as root")
            subprocess.run(["ip", "link", "set", "lo", "up", "multicast", "on"], check=True)
            subprocess.run(["ip", "route", "add", "224.0.0.0/4", "dev", "lo"], check=True)
            prove[name](built[name])
            proof.clean()
            shutil.rmtree(proof.folder / "secrets", ignore_errors=True)
            shutil.rmtree(proof.folder / "broker-data", ignore_errors=True)
    finally:
        proof.clean()
        shutil.rmtree(proof.folder)
    print(f"proven: {', '.join(chosen)}, in {time.monotonic() - begin:.0f} s")


main()
