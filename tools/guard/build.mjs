// The guard as one file, as a program and to be imported: it is started beside a FHIR server, with nothing of this project but fastify to install.
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const [folder = "guard/dist"] = process.argv.slice(2);
const licence = readFileSync("node_modules/lossless-json/LICENSE.md", "utf8");

await build({
  entryPoints: ["guard/src/main.ts", "guard/src/server.ts"],
  outdir: folder,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  external: ["fastify"],
  alias: {
    "@scopewarden/client": "./clients/node/src/client.ts",
    "@scopewarden/client/fhir": "./clients/node/src/fhir/fhir.ts",
  },
  // The licence of what is inside goes with it.
  banner: { js: `/* lossless-json\n${licence.replaceAll("*/", "* /")}*/` },
  logLevel: "warning",
});
chmodSync(join(folder, "main.js"), 0o755);
