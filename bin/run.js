#!/usr/bin/env node
// Plain JavaScript with dynamic imports only: this file must load on any Node, so that one
// that is too old gets a sentence and not a stack trace.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 22)) {
  process.stderr.write(
    `mqbench needs Node 22.22 or newer, this is ${process.versions.node}. In a checkout, "npm install" brings a Node of its own: use "npx mqbench …" or "npm run mqbench -- …". Elsewhere, install a newer Node.\n`,
  );
  process.exitCode = 2;
} else {
  const { enableCompileCache } = await import("node:module");
  enableCompileCache();
  const { execute } = await import("@oclif/core/execute");
  await execute({ dir: import.meta.url });
}
