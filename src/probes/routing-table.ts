import type { RoutingMessage, RoutingSetUp } from "./hands.ts";

/** A message, and where it has to come out: nowhere else, and not twice. */
export interface ExpectedRoute extends RoutingMessage {
  readonly to: readonly string[];
  readonly returned?: boolean;
}

export interface RoutingCase extends Omit<RoutingSetUp, "messages"> {
  readonly messages: readonly ExpectedRoute[];
}

const BROKEN_UP = ["orders", "orders.created", "orders.asia.vietnam.created"] as const;

/**
 * What the AMQP 0-9-1 model says of each kind of exchange (rabbitmq.com/tutorials/amqp-concepts), case by case. In a
 * topic `*` is exactly one word and `#` any number of them, also none.
 */
export const ROUTING_TABLE: readonly RoutingCase[] = [
  {
    name: "direct",
    type: "direct",
    bindings: [
      { queue: "created", key: "orders.created" },
      { queue: "all", key: "orders.created" },
      { queue: "all", key: "orders.paid" },
      // Two bindings that match are still one copy; a pattern is just text here.
      { queue: "star", key: "orders.*" },
    ],
    messages: [
      { key: "orders.created", to: ["all", "created"] },
      { key: "orders.paid", to: ["all"] },
      { key: "Orders.created", to: [] },
      { key: "orders.*", to: ["star"] },
    ],
  },
  {
    name: "fan-out",
    type: "fanout",
    bindings: [{ queue: "mail", key: "ignored" }, { queue: "stock" }],
    messages: [
      { key: "", to: ["mail", "stock"] },
      { key: "any.thing", to: ["mail", "stock"] },
    ],
  },
  {
    name: "topic *",
    type: "topic",
    bindings: [
      { queue: "one", key: "orders.*" },
      { queue: "middle", key: "*.asia.*.created" },
    ],
    messages: [
      { key: BROKEN_UP[0], to: [] },
      { key: BROKEN_UP[1], to: ["one"] },
      { key: "orders.shipped", to: ["one"] },
      { key: BROKEN_UP[2], to: ["middle"] },
    ],
  },
  {
    name: "topic #",
    type: "topic",
    bindings: [
      { queue: "orders", key: "orders.#" },
      { queue: "created", key: "#.created" },
      { queue: "everything", key: "#" },
      { queue: "twice", key: "orders.#" },
      { queue: "twice", key: "#.created" },
    ],
    messages: [
      { key: BROKEN_UP[0], to: ["everything", "orders", "twice"] },
      { key: BROKEN_UP[1], to: ["created", "everything", "orders", "twice"] },
      { key: BROKEN_UP[2], to: ["created", "everything", "orders", "twice"] },
      { key: "users.created", to: ["created", "everything", "twice"] },
      { key: "users", to: ["everything"] },
    ],
  },
  {
    name: "headers",
    type: "headers",
    bindings: [
      { queue: "all", arguments: { "x-match": "all", kind: "report", format: "pdf" } },
      { queue: "any", arguments: { "x-match": "any", kind: "report", format: "pdf" } },
    ],
    messages: [
      { key: "", headers: { kind: "report", format: "pdf" }, to: ["all", "any"] },
      { key: "", headers: { kind: "report", format: "pdf", more: "x" }, to: ["all", "any"] },
      { key: "", headers: { kind: "report", format: "csv" }, to: ["any"] },
      { key: "report", headers: { kind: "letter" }, to: [] },
    ],
  },
  {
    name: "unroutable",
    type: "direct",
    bindings: [{ queue: "known", key: "known" }],
    messages: [
      { key: "known", mandatory: true, to: ["known"] },
      { key: "unknown", mandatory: true, to: [], returned: true },
      // Confirmed, and gone.
      { key: "unknown", to: [] },
    ],
  },
  {
    name: "alternate exchange",
    type: "direct",
    bindings: [{ queue: "known", key: "known" }],
    alternate: "rest",
    messages: [
      { key: "known", to: ["known"] },
      { key: "unknown", to: ["rest"] },
      { key: "unknown", mandatory: true, to: ["rest"] },
    ],
  },
];
