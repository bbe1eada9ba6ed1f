/** What RabbitMQ runs on: its package and the parts of Erlang that it declares. */
export const SERVER = "rabbitmq-server";

export const BROKER_PACKAGES: readonly string[] = [
  SERVER,
  ...[
    "base",
    "asn1",
    "crypto",
    "public-key",
    "mnesia",
    "runtime-tools",
    "ssl",
    "eldap",
    "inets",
    "os-mon",
  ].map((part) => `erlang-${part}`),
  ...["parsetools", "syntax-tools", "tools", "xmerl"].map((part) => `erlang-${part}`),
];

/** The libraries of a newer release, for programs that this machine's own libraries are too old for. */
export const LIBRARY_PACKAGES: readonly string[] = [
  "libc6",
  "libgcc-s1",
  "libstdc++6",
  "libtinfo6",
  "libncursesw6",
  "zlib1g",
  "libzstd1",
  "libsystemd0",
  "libcap2",
  "libssl3t64",
  "openssl-provider-legacy",
  "patchelf",
];

/** Where those packages put them, from the root of what was unpacked. */
export const LIBRARIES = "usr/lib/x86_64-linux-gnu";
