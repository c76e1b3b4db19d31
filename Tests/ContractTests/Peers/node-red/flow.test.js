"use strict";
// Tries docs/node-red/loqed.json against a broker, the gateway and a simulated lock, all on this machine.
//
// usage: node flow.test.js FLOW; FLOW is the file

const assert = require("node:assert/strict");
const fs = require("node:fs");
const http = require("node:http");
const { after, before, test } = require("node:test");
const mqtt = require("mqtt");
const { CORE, Runtime } = require("./runtime.js");

const flow = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const heard = [];
let listener;
let runtime;

/** Waits until something comes about, and returns it. */
async function eventually(what, look) {
    for (let i = 0; i < 3000; i += 1) {
        const found = look();
        if (found) { return found; }
        await new Promise((resolve) => { setTimeout(resolve, 10); });
    }
    throw new Error(`${what}: not within half a minute; ${JSON.stringify(runtime.seen)} ${runtime.complaints}`);
}

/** The next message at a debug node that `isWanted` takes. */
const next = (id, isWanted = () => true) => eventually(id, () => runtime.take(id).find(isWanted));

function simulate(line) {
    return new Promise((resolve, reject) => {
        const request = http.request("http://127.0.0.1:8081/control", { method: "POST" }, (response) => {
            response.resume();
            response.on("end", () => (response.statusCode === 200 ? resolve() : reject(new Error(`${line}: ${response.statusCode}`))));
        });
        request.on("error", reject);
        request.end(line);
    });
}

const publish = (topic, payload, options = {}) => new Promise((resolve) => {
    listener.publish(topic, payload, { qos: 1, ...options }, resolve);
});
const press = (id, target = runtime) => target.deliver(id, {});
const state = (word) => next("loqed_shown", (msg) => msg.payload === word);

before(async () => {
    listener = mqtt.connect("mqtt://localhost:1883", { protocolVersion: 5 });
    listener.on("message", (topic, payload, packet) => heard.push({ topic, payload: payload.toString(), packet }));
    await new Promise((resolve) => { listener.on("connect", resolve); });
    await new Promise((resolve) => { listener.subscribe("loqed/+/command", { qos: 1, rap: true }, resolve); });
    runtime = new Runtime(flow);
    await state("unlocked");
});

after(() => {
    runtime.close();
    listener.end(true);
});

test("the file can be imported", () => {
    const ids = flow.map((node) => node.id);
    assert.equal(new Set(ids).size, ids.length, "ids are unique");
    const subflows = flow.filter((node) => node.type === "subflow");
    for (const node of flow) {
        const type = node.type.startsWith("subflow:") ? "subflow" : node.type;
        assert.ok(CORE.includes(type), `${node.id} is a core node`);
        if (node.z) { assert.ok(ids.includes(node.z), `${node.id} is somewhere`); }
        for (const target of (node.wires || []).flat()) {
            assert.equal(flow.find((other) => other.id === target)?.z, node.z, `${node.id} is wired to a node beside it`);
        }
        if (type === "function") { assert.equal(node.wires.length, node.outputs, `${node.id} has its outputs`); }
        if (node.type.startsWith("mqtt ")) { assert.equal(node.broker, "loqed_broker"); }
        if (node.type === "mqtt out") { assert.equal(node.retain, "false", "no command is retained"); }
        assert.equal(node.credentials, undefined);
    }
    for (const subflow of subflows) {
        for (const { id, port } of [...subflow.out, subflow.status].flatMap((output) => output.wires)) {
            const node = flow.find((other) => other.id === id);
            assert.ok(node.z === subflow.id && port < node.wires.length);
        }
    }
    const brokers = flow.filter((node) => node.type === "mqtt-broker");
    assert.deepEqual(brokers.map(({ broker, port, protocolVersion }) => [broker, port, protocolVersion]), [["localhost", "1883", "5"]]);
    const door = flow.find((node) => node.type === "subflow:loqed_command");
    assert.deepEqual(subflows[0].outputLabels, ["confirmed", "refused or failed", "timeout"]);
    assert.equal(door.wires.length, 3);
});

test("a command goes out safe and comes back confirmed, once", async () => {
    runtime.deliver("loqed_door", { payload: "lock", mine: 7 });
    const msg = await next("loqed_confirmed");
    assert.equal(msg.payload.status, "confirmed");
    assert.equal(msg.text, "front_door: LOCK confirmed");
    assert.equal(msg.mine, 7, "the message goes on as it came");
    const [{ topic, payload, packet }] = heard.splice(0);
    const command = JSON.parse(payload);
    assert.equal(topic, "loqed/front_door/command");
    assert.deepEqual(Object.keys(command), ["command", "id", "expires_at"]);
    assert.equal(command.command, "LOCK");
    const life = Date.parse(command.expires_at) - Date.now();
    assert.ok(life > 0 && life <= 20_000);
    assert.equal(packet.qos, 1);
    assert.equal(packet.retain, false);
    assert.equal(packet.properties.responseTopic, "loqed/answers/node-red");
    assert.equal(packet.properties.correlationData.toString(), command.id);
    assert.ok(packet.properties.messageExpiryInterval > 0 && packet.properties.messageExpiryInterval <= 20);
    await state("locked");
    assert.equal(runtime.node("loqed_door:status").text, "LOCK: confirmed");
    assert.deepEqual([...runtime.take("loqed_confirmed"), ...runtime.take("loqed_failed")], []);
});

test("each order hears its own outcome, and no other answer counts", async () => {
    const forged = { id: "node-red-x", status: "confirmed", error: null };
    await publish("loqed/answers/node-red", JSON.stringify(forged), { properties: { correlationData: Buffer.from("constructor") } });
    await publish("loqed/answers/node-red", JSON.stringify(forged));
    runtime.deliver("loqed_door", { payload: "UNLOCK", who: "a" });
    await eventually("the command is out", () => heard.length === 1);
    // Somebody who knows the id of another order cannot end ours with it.
    const id = JSON.parse(heard[0].payload).id;
    await publish("loqed/answers/node-red", JSON.stringify(forged), { properties: { correlationData: Buffer.from(id) } });
    runtime.deliver("loqed_door", { payload: "TOGGLE", who: "b" });
    const failed = await next("loqed_failed");
    assert.deepEqual([failed.who, failed.payload.status, failed.payload.error], ["b", "refused", "unknown_command"]);
    assert.equal(failed.text, "front_door: TOGGLE refused (unknown_command)");
    const confirmed = await next("loqed_confirmed");
    assert.deepEqual([confirmed.who, confirmed.payload.command], ["a", "UNLOCK"]);
    await state("unlocked");
    heard.splice(0);
});

test("the unlock button does nothing to a door that is not locked", async () => {
    press("loqed_unlock");
    const msg = await next("loqed_failed");
    assert.equal(msg.payload.error, "state_differs");
    press("loqed_lock");
    await next("loqed_confirmed");
    press("loqed_unlock");
    assert.equal((await next("loqed_confirmed")).payload.command, "UNLOCK");
    heard.splice(0);
});

test("a jam is a failure, and is told", async () => {
    runtime.take("loqed_tell");
    await simulate("stall on");
    press("loqed_lock");
    const msg = await next("loqed_failed");
    assert.equal(msg.text, "front_door: LOCK failed (jammed)");
    await next("loqed_tell", (told) => told.payload.startsWith("front_door is jammed: the door may not be closed"));
    assert.deepEqual((await state("jammed")).can, { lock: true, unlock: false });
    await simulate("stall off");
    press("loqed_lock");
    await next("loqed_confirmed");
    assert.deepEqual((await state("locked")).can, { lock: false, unlock: true });
});

test("turned off, commands are refused", async () => {
    await publish("loqed/front_door/commands_enabled/set", "off");
    press("loqed_lock");
    assert.equal((await next("loqed_failed")).payload.error, "disabled");
    await publish("loqed/front_door/commands_enabled/set", "on");
});

test("without an answer it is a timeout, and not a success", async () => {
    const lonely = new Runtime(flow, { LOQED_LOCK: "attic", LOQED_TIMEOUT: "2" });
    try {
        await eventually("it is connected", () => lonely.node("loqed_broker").isConnected);
        lonely.deliver("loqed_door", { payload: "LOCK", mine: 8 });
        const msg = await eventually("the timeout", () => lonely.take("loqed_timeout")[0]);
        assert.equal(msg.text, "attic: nobody knows what became of LOCK after 2 s; look at the door");
        assert.deepEqual([msg.payload, msg.mine], [null, 8]);
        // An answer that comes too late changes nothing.
        const { id } = JSON.parse(heard.splice(0).pop().payload);
        const late = JSON.stringify({ id, status: "confirmed", error: null });
        await publish("loqed/answers/node-red", late, { properties: { correlationData: Buffer.from(id) } });
        await publish("loqed/attic/state", "locked");
        await new Promise((resolve) => { setTimeout(resolve, 200); });
        assert.deepEqual(lonely.take("loqed_confirmed"), []);
        assert.deepEqual(lonely.complaints, []);
    } finally {
        lonely.close();
    }
});

test("a panel shows unknown as soon as the connection is gone", async () => {
    runtime.take("loqed_shown");
    runtime.node("loqed_broker").drop();
    const lost = await next("loqed_shown");
    assert.deepEqual([lost.payload, lost.can], ["unknown", { lock: false, unlock: false }]);
    assert.equal((await state("locked")).payload, "locked");
});

test("who unlocked is told in words", async () => {
    await simulate("unlock 1");
    await next("loqed_tell", (told) => told.payload === "front_door was unlocked (Alice)");
    await simulate("by-hand lock");
    await next("loqed_tell", (told) => told.payload === "front_door was locked (by hand)");
    await state("locked");
});

test("low batteries are told once", async () => {
    await simulate("battery 9");
    await next("loqed_tell", (told) => told.payload === "front_door: the batteries are low (9 %)");
    await simulate("battery 8");
    await simulate("battery 90");
    await simulate("battery 7");
    const told = await next("loqed_tell", (msg) => msg.payload.includes("batteries"));
    assert.equal(told.payload, "front_door: the batteries are low (7 %)");
});

test("a new problem is told with its remedy", async () => {
    await publish("loqed/front_door/command", "LOCK", { retain: true });
    const told = await next("loqed_tell", (msg) => msg.payload.includes("retained"));
    assert.equal(told.topic, "front_door");
    assert.match(told.payload, /clear it: mosquitto_pub -t loqed\/front_door\/command -r -n/);
    await publish("loqed/front_door/command", "", { retain: true });
});

test("at night only a locked door is silent", async () => {
    runtime.take("loqed_tell");
    press("loqed_night");
    await simulate("by-hand unlock");
    await state("unlocked");
    runtime.take("loqed_tell");
    press("loqed_night");
    const told = await next("loqed_tell", (msg) => msg.payload.includes("not known"));
    assert.equal(told.payload, "front_door is not known to be locked: unlocked");
    assert.deepEqual(runtime.complaints, []);
});
