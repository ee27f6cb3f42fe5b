import assert from "node:assert/strict";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";
import { clientKey, seed } from "./authzenSupport.ts";
import { type Service, startService } from "./support.ts";

let service: Service;
let key: string;
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "scopewarden-client-"));
  await symlink(join(process.cwd(), "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  const document = new URL("../../docs/authzen.openapi.json", import.meta.url);
  await writeFile(join(folder, "api.ts"), astToString(await openapiTS(document)));
  await writeFile(join(folder, "program.ts"), PROGRAM);
  service = await startService();
  await seed(service, "hospital");
  ({ key } = await clientKey(service, "lab-portal"));
});
after(async () => {
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A program as a reader of the document would write it. What must not compile is marked. */
const PROGRAM = `import createClient from "openapi-fetch";
import type { components, paths } from "./api.ts";

const subject = { type: "user", id: "tess" };
const resource = { type: "DiagnosticReport", id: "d1", properties: { patient: "ada", organization: "city-lab" } };
const context = { purpose_of_use: "TREAT", shift: "night" };

export async function run(baseUrl: string, key: string) {
  const client = createClient<paths>({ baseUrl, headers: { authorization: \`Bearer \${key}\` } });
  const one = await client.POST("/access/v1/evaluation", {
    body: { subject, action: { name: "read" }, resource, context, options: { explain: true } },
  });
  const decision: boolean | undefined = one.data?.decision;
  const codes: string[] = one.data?.context?.reasons?.map(({ code }) => code) ?? [];
  const many = await client.POST("/access/v1/evaluations", {
    body: { subject, context, evaluations: [{ action: { name: "read" }, resource }, { action: { name: "delete" }, resource }] },
  });
  const decisions = many.data !== undefined && "evaluations" in many.data ? many.data.evaluations.map((each) => each.decision) : [];
  const who = await client.POST("/access/v1/search/subject", {
    body: { subject: { type: "user" }, action: { name: "read" }, resource, context, page: { limit: 1 } },
  });
  const token: string | undefined = who.data?.page.next_token;
  const found = who.data?.results.map(({ id }) => id);
  const what = await client.POST("/access/v1/search/action", { body: { subject, resource, context } });
  const actions = what.data?.results.map(({ name }) => name);
  const granted = await client.POST("/access/v1/grant", { body: { subject: { id: "tess" }, scopes: "view_lab_results" } });
  const scope: string | null | undefined = granted.data?.scope;
  const metadata = await client.GET("/.well-known/authzen-configuration");
  const refused = await client.POST("/access/v1/evaluation", {
    // @ts-expect-error an id is a text
    body: { subject: { type: "user", id: 7 }, action: { name: "read" }, resource },
  });
  const error: components["schemas"]["Error"] | undefined = refused.error;
  const body: components["schemas"]["GrantRequest"] = {
    // @ts-expect-error the grant door takes no member that it does not know
    clientId: "lab-portal",
    scopes: [],
  };
  const misspelt = await client.POST("/access/v1/grant", { body });
  // @ts-expect-error an answer has no member that is not documented
  one.data?.allowed;
  // @ts-expect-error it is asked by POST
  const never = () => client.GET("/access/v1/evaluation");
  return {
    decision, codes, decisions, token, found, actions, scope,
    base: metadata.data?.policy_decision_point,
    status: [refused.response.status, error?.error.status],
    misspelt: misspelt.error?.error.message,
    never: typeof never,
  };
}
`;

test("a client generated from the OpenAPI document compiles", () => {
  const program = ts.createProgram([join(folder, "program.ts")], {
    strict: true,
    noEmit: true,
    noUncheckedIndexedAccess: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
    types: [],
  });
  const problems = ts.getPreEmitDiagnostics(program).map(({ messageText, start, file }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1;
    return `${file?.fileName ?? ""}:${line} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
  assert.deepEqual(problems, []);
});

test("and works against the service", async () => {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  await writeFile(join(folder, "program.js"), ts.transpileModule(PROGRAM, { compilerOptions }).outputText);
  const { run } = (await import(pathToFileURL(join(folder, "program.js")).href)) as {
    run(baseUrl: string, key: string): Promise<{ readonly token?: string; readonly misspelt?: string }>;
  };
  const { token, misspelt, ...rest } = await run(service.url, key);
  assert.ok(token);
  assert.match(misspelt ?? "", /^clientId: is not known here/);
  assert.deepEqual(rest, {
    decision: true,
    codes: ["ALLOWED_BY_RULE"],
    decisions: [true, false],
    found: ["lars"],
    actions: ["read", "search"],
    scope: "view_lab_results",
    base: service.url,
    status: [400, 400],
    never: "function",
  });
});
