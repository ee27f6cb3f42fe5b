import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { build, type Plugin } from "esbuild";

/** The folders with code; what else the project has is the same in the copy. */
const CODE = ["src", "test", "bench", "clients", "guard", "examples", "tools"];
const LEFT_OUT = ["node_modules", "dist", "build", "data", "coverage", ".git"];

/** The project's own packages, by name: as they are here, built or not. */
const OWN: ReadonlyMap<string, string> = new Map([
  ["@scopewarden/client", "clients/node/src/client.ts"],
  ["@scopewarden/client/fhir", "clients/node/src/fhir/fhir.ts"],
]);

/** Each file stays a file: what it imports is left as it is, under its compiled name. */
const apart: Plugin = {
  name: "apart",
  setup: ({ onResolve }) =>
    onResolve({ filter: /./ }, ({ importer, kind, path: asked }) => {
      if (kind === "entry-point") return null;
      const own = OWN.get(asked);
      const path = own === undefined ? asked : `./${relative(dirname(importer), resolve(own))}`;
      return { external: true, path: path.startsWith(".") ? path.replace(/\.ts$/, ".js") : path };
    }),
};

/**
 * Makes `folder` a copy of the project with its code compiled, file by file; what is no code is linked. So a process of a
 * test starts without a compiler: there are many hundreds of them.
 */
export async function compileInto(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const link = (path: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(resolve(path), join(folder, path));
  };
  for (const name of readdirSync(".")) if (![...CODE, ...LEFT_OUT].includes(name)) link(name);
  const paths = CODE.flatMap((top) =>
    readdirSync(top, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((path) => !/\/(node_modules|dist)\//.test(path)),
  );
  const isCode = (path: string): boolean => path.endsWith(".ts");
  for (const path of paths) if (!isCode(path)) link(path);
  // The guard as it is packed, which the command line starts.
  execFileSync(process.execPath, ["tools/guard/build.mjs", join(folder, "guard/dist")]);
  await build({
    entryPoints: paths.filter(isCode),
    outdir: folder,
    outbase: ".",
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    supported: { "import-attributes": true },
    sourcemap: "linked",
    sourcesContent: false,
    logLevel: "warning",
    plugins: [apart],
  });
}
