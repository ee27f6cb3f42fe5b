import { readdir, readFile } from "node:fs/promises";
import { parse as parseYaml } from "yaml";
import { requireDocumented } from "./openapiSchemas.ts";
import { type Answer, applyPolicy, request, type Service } from "./support.ts";

/** The policy files of a folder, and what the directory is to know, put in as an admin would. */
export async function seed(service: Service, folder: string): Promise<void> {
  const url = new URL(`../../seeds/${folder}/`, import.meta.url);
  const operations: unknown[] = [];
  for (const name of (await readdir(url)).filter((n) => n.endsWith(".yaml")).sort())
    operations.push(...parseYaml(await readFile(new URL(name, url), "utf8")).operations);
  const answer = await applyPolicy(service, operations);
  if (answer.status !== 200 || answer.body?.errors !== undefined) throw new Error(`${folder}: ${answer.text}`);
  for (const name of (await readdir(url)).filter((n) => n.endsWith(".ndjson"))) {
    const lines = (await readFile(new URL(name, url), "utf8")).trim().split("\n");
    const put = await service.ask(
      'mutation($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "seed") { count } }',
      { variables: { entities: lines.map((line) => JSON.parse(line)) } },
    );
    if (put.body?.data?.putEntities.count !== lines.length) throw new Error(`${folder}: ${put.text}`);
  }
}

/** A key of the role `service` with a default client. */
export async function clientKey(service: Service, clientId: string | null): Promise<{ key: string; id: string }> {
  const { body } = await service.ask(
    'mutation($clientId: ID) { createApiKey(input: { name: "pep", roles: [SERVICE], clientId: $clientId }, reason: "test") { key apiKey { id clientId } } }',
    { variables: { clientId } },
  );
  if (body.data.createApiKey.apiKey.clientId !== clientId) throw new Error("the default client was not kept");
  return { key: body.data.createApiKey.key, id: body.data.createApiKey.apiKey.id };
}

export interface Post {
  readonly key: string | null;
  readonly headers?: Record<string, string>;
}

/** Posts JSON, or a text as it is. Whatever is answered is what the OpenAPI document says. */
export async function post(
  service: Service,
  path: string,
  body: unknown,
  { key, headers = {} }: Post,
): Promise<Answer> {
  const answer = await request(service.url + path, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  requireDocumented(path, "POST", answer);
  return answer;
}
