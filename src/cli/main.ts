#!/usr/bin/env node
import { run } from "./program.ts";

// `scopewarden ... | head` closes our output early; that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

const code = await run(process.argv.slice(2), process);
// Not process.exit: what was written may still be on its way into a pipe.
if (code !== null) process.exitCode = code;
