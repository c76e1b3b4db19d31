"use strict";
// Runs a Node-RED flow file without Node-RED: the nodes that our flow uses, with the same MQTT client library.
//
// Function nodes get their code as it stands in the file, in a context of its own with `node`, `flow`, `context`, `env`,
// `RED.util` and timers, as Node-RED documents them. Nodes of a subflow are made anew for each instance of it.

const crypto = require("crypto");
const util = require("util");
const vm = require("vm");
const mqtt = require("mqtt");

class Context {
    #values = new Map();

    // Copies, as a store in files gives: a flow that relies on references works with one kind of store only.
    get(key) { return structuredClone(this.#values.get(key)); }

    set(key, value) { this.#values.set(key, structuredClone(value)); }

    keys() { return [...this.#values.keys()]; }
}

/** A copy, but for what cannot be copied. */
function clone(msg) {
    const copy = {};
    for (const [key, value] of Object.entries(msg)) {
        const isLive = key === "req" || key === "res";
        copy[key] = isLive ? value : Buffer.isBuffer(value) ? Buffer.from(value) : structuredClone(value);
    }
    return copy;
}

class Node {
    constructor(runtime, config, place) {
        Object.assign(this, { runtime, config, place, id: place.prefix + config.id, type: config.type, context: new Context() });
        this.outputs = (config.wires || []).map((wires) => wires.map((id) => place.prefix + id));
    }

    start() {}

    close() {}

    receive() {}

    /** Sends to each output a message, a list of them, or nothing. */
    send(messages) {
        const all = Array.isArray(messages) ? messages : [messages];
        all.forEach((some, output) => {
            for (const msg of Array.isArray(some) ? some : [some]) {
                if (msg === null || msg === undefined) { continue; }
                if (typeof msg !== "object") { throw new Error(`${this.id} returned a ${typeof msg}`); }
                for (const target of this.outputs[output] || []) {
                    setImmediate(() => this.runtime.deliver(target, clone(msg)));
                }
            }
        });
    }

    status(status) { this.runtime.statusOf(this, status); }
}

class FunctionNode extends Node {
    #timers = new Set();

    start() {
        const { place } = this;
        const store = (context) => ({ get: context.get.bind(context), set: context.set.bind(context), keys: context.keys.bind(context) });
        this.sandbox = vm.createContext({
            Buffer,
            console,
            util,
            RED: { util: { generateId: () => crypto.randomBytes(8).toString("hex"), cloneMessage: clone } },
            context: { ...store(this.context), flow: store(place.flow), global: store(this.runtime.global) },
            flow: store(place.flow),
            global: store(this.runtime.global),
            env: { get: (name) => place.env[name] },
            setTimeout: (work, delay) => {
                const timer = setTimeout(() => {
                    this.#timers.delete(timer);
                    work();
                }, delay);
                this.#timers.add(timer);
                return timer;
            },
            clearTimeout: (timer) => {
                clearTimeout(timer);
                this.#timers.delete(timer);
            },
            node: {
                id: this.id,
                name: this.config.name,
                send: (messages) => this.send(messages),
                status: (status) => this.status(status),
                warn: (text) => this.runtime.complain(this, text),
                error: (text) => this.runtime.complain(this, text),
                log: () => {},
                done: () => {},
            },
        });
        this.script = new vm.Script(`(async function (msg) {\n${this.config.func}\n})(msg)`, { filename: this.id });
    }

    receive(msg) {
        this.sandbox.msg = msg;
        this.script.runInContext(this.sandbox).then(
            (messages) => this.send(messages),
            (error) => this.runtime.complain(this, error)
        );
    }

    close() { for (const timer of this.#timers) { clearTimeout(timer); } }
}

/** The settings of a broker, and the one connection to it. */
class BrokerNode extends Node {
    #users = [];

    use(node) {
        this.#users.push(node);
        node.status({ fill: "yellow", shape: "ring", text: "connecting" });
    }

    start() {
        const { config } = this;
        this.client = mqtt.connect(`mqtt://${config.broker}:${config.port}`, {
            protocolVersion: Number(config.protocolVersion),
            clean: config.cleansession,
            keepalive: Number(config.keepalive),
            clientId: `nodered_${crypto.randomBytes(8).toString("hex")}`,
            reconnectPeriod: 1000,
            resubscribe: false,
        });
        this.client.on("connect", () => {
            this.isConnected = true;
            this.#tell({ fill: "green", shape: "dot", text: "connected" });
            for (const node of this.#users) { node.subscribe?.(this.client); }
        });
        this.client.on("close", () => {
            if (this.isConnected) { this.#tell({ fill: "red", shape: "ring", text: "disconnected" }); }
            this.isConnected = false;
        });
        this.client.on("error", (error) => this.runtime.complain(this, error));
        this.client.on("message", (topic, payload, packet) => {
            for (const node of this.#users) { node.hear?.(topic, payload, packet); }
        });
    }

    /** Breaks the connection, as a network does. */
    drop() { this.client.stream.destroy(); }

    close() { this.client.end(true); }

    #tell(status) { for (const node of this.#users) { node.status(status); } }
}

class MQTTInNode extends Node {
    start() { this.runtime.node(this.config.broker).use(this); }

    subscribe(client) {
        const { config } = this;
        client.subscribe(config.topic, { qos: Number(config.qos), nl: config.nl, rap: config.rap, rh: config.rh });
    }

    hear(topic, payload, packet) {
        const filter = this.config.topic.split("/");
        const levels = topic.split("/");
        if (filter.length !== levels.length || !filter.every((level, i) => level === "+" || level === levels[i])) { return; }
        const msg = { topic, payload: payload.toString(), qos: packet.qos, retain: packet.retain };
        if (this.config.datatype === "json") {
            try {
                msg.payload = JSON.parse(msg.payload);
            } catch (error) {
                return this.runtime.complain(this, error);
            }
        }
        for (const name of ["responseTopic", "correlationData", "messageExpiryInterval"]) {
            if (packet.properties && packet.properties[name] !== undefined) { msg[name] = packet.properties[name]; }
        }
        this.send(msg);
    }
}

class MQTTOutNode extends Node {
    start() { this.runtime.node(this.config.broker).use(this); }

    receive(msg) {
        const broker = this.runtime.node(this.config.broker);
        // Node-RED drops what it cannot send now.
        if (!broker.isConnected) { return; }
        const properties = {};
        for (const name of ["responseTopic", "correlationData", "messageExpiryInterval"]) {
            if (msg[name] !== undefined) { properties[name] = msg[name]; }
        }
        const retain = String(this.config.retain || msg.retain) === "true";
        const payload = typeof msg.payload === "object" ? JSON.stringify(msg.payload) : String(msg.payload);
        broker.client.publish(this.config.topic || msg.topic, payload, { qos: Number(this.config.qos || msg.qos || 0), retain, properties });
    }
}

class InjectNode extends Node {
    receive() { this.send({ payload: this.config.payload }); }
}

class DebugNode extends Node {
    receive(msg) { this.runtime.seen.push({ id: this.id, msg }); }
}

class StatusNode extends Node {}

class PassNode extends Node {
    receive(msg) { this.send(msg); }
}

/** What an instance of a subflow shows below itself. */
class InstanceStatus extends Node {
    text = "";

    receive(msg) { this.text = msg.status.text; }
}

const TYPES = {
    "function": FunctionNode,
    "mqtt-broker": BrokerNode,
    "mqtt in": MQTTInNode,
    "mqtt out": MQTTOutNode,
    "inject": InjectNode,
    "debug": DebugNode,
    "status": StatusNode,
};

/** A flow that runs. */
class Runtime {
    global = new Context();
    /** What debug nodes got, in order. */
    seen = [];
    /** What nodes complained of. */
    complaints = [];
    #nodes = new Map();

    /**
     * @param flow the content of a flow file
     * @param settings environment of subflow instances, by name, that goes before what the file says
     */
    constructor(flow, settings = {}) {
        const flows = new Map();
        const make = (config, place) => {
            const whole = Object.fromEntries(Object.entries(config).map(([key, value]) => [key, this.#fill(value, place.env)]));
            const node = new TYPES[config.type](this, whole, place);
            this.#nodes.set(node.id, node);
            return node;
        };
        for (const config of flow) {
            if (config.type === "tab") { flows.set(config.id, { prefix: "", flow: new Context(), env: {} }); }
            if (config.type === "subflow") { flows.set(config.id, null); }
        }
        for (const config of flow.filter((config) => TYPES[config.type])) {
            const place = config.z ? flows.get(config.z) : { prefix: "", flow: this.global, env: {} };
            if (place) { make(config, place); }
        }
        for (const config of flow.filter((config) => config.type.startsWith("subflow:"))) {
            this.#makeInstance(config, flow, flows.get(config.z), settings, make);
        }
        for (const node of this.#nodes.values()) { if (node.type !== "mqtt-broker") { node.start(); } }
        for (const node of this.#nodes.values()) { if (node.type === "mqtt-broker") { node.start(); } }
    }

    node(id) { return this.#nodes.get(id); }

    deliver(id, msg) { this.node(id).receive(msg); }

    /** What the debug node of that name in the file has got since the last look. */
    take(id) {
        const taken = this.seen.filter((entry) => entry.id === id).map((entry) => entry.msg);
        this.seen = this.seen.filter((entry) => entry.id !== id);
        return taken;
    }

    statusOf(node, status) {
        for (const other of this.#nodes.values()) {
            if (other.type !== "status" || other.place !== node.place || !other.config.scope.includes(node.config.id)) { continue; }
            other.send({ status: { ...status, source: { id: node.id, type: node.type, name: node.config.name } } });
        }
    }

    complain(node, what) { this.complaints.push(`${node.id}: ${what.stack || what}`); }

    close() { for (const node of this.#nodes.values()) { node.close(); } }

    /** An environment variable stands for a whole property only. */
    #fill(value, env) {
        const match = typeof value === "string" && /^\$\{(\S+)\}$/.exec(value);
        return match ? env[match[1]] : value;
    }

    #makeInstance(config, flow, place, settings, make) {
        const subflow = flow.find((other) => other.id === config.type.slice("subflow:".length));
        const own = Object.fromEntries((config.env || []).map((entry) => [entry.name, entry.value]));
        const env = { ...Object.fromEntries(subflow.env.map((entry) => [entry.name, entry.value])), ...own, ...settings };
        const inside = { prefix: `${config.id}/`, flow: new Context(), env };
        const instance = new PassNode(this, config, place);
        this.#nodes.set(instance.id, instance);
        const made = new Map();
        for (const part of flow.filter((part) => part.z === subflow.id)) { made.set(part.id, make(part, inside)); }
        // What comes out of the subflow goes on along the wires of the instance, and what comes in along its inner ones.
        subflow.out.forEach((output, number) => {
            for (const { id, port } of output.wires) { made.get(id).outputs[port].push(...instance.outputs[number]); }
        });
        const status = new InstanceStatus(this, { id: `${config.id}:status`, type: "subflow-status" }, place);
        this.#nodes.set(status.id, status);
        for (const { id, port } of subflow.status.wires) { made.get(id).outputs[port].push(status.id); }
        instance.outputs = [subflow.in[0].wires.map(({ id }) => inside.prefix + id)];
    }
}

module.exports = { Runtime, CORE: [...Object.keys(TYPES), "tab", "subflow", "comment"] };
