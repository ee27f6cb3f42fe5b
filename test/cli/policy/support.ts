import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { run } from "../../../src/cli/program.ts";
import { ADMIN_KEY, type Service } from "../../http/support.ts";
import { type Ended, temporaryFolder } from "../support.ts";

/**
 * The command line in this process, with standard streams of its own. `terminal`: what a person at a terminal types, once
 * `before` is done.
 */
export async function command(
  args: readonly string[],
  options: { readonly terminal?: string; readonly before?: () => Promise<void> } = {},
): Promise<Ended> {
  async function* typed(): AsyncGenerator<Buffer> {
    await options.before?.();
    yield Buffer.from(options.terminal ?? "");
  }
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const [out, err]: string[][] = [[], []];
  stdout.setEncoding("utf8").on("data", (text: string) => out?.push(text));
  stderr.setEncoding("utf8").on("data", (text: string) => err?.push(text));
  const stdin = Object.assign(Readable.from(typed()), {
    isTTY: options.terminal !== undefined,
  });
  const code = await run(args, { stdin, stdout, stderr });
  await new Promise((done) => setImmediate(done));
  return { code, stdout: out?.join("") ?? "", stderr: err?.join("") ?? "" };
}

/** Options that reach a service with a key, the first admin's unless another is given. */
export async function reaching(service: Service, key = ADMIN_KEY): Promise<readonly string[]> {
  const file = join(await temporaryFolder(), "key");
  await writeFile(file, key);
  return ["--url", service.url, "--key-file", file];
}
