import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

type Json = { readonly [name: string]: unknown };
interface Example {
  readonly summary?: string;
  readonly value: unknown;
}
interface Content {
  readonly content?: {
    readonly "application/json"?: { readonly schema: Json; readonly examples?: { readonly [name: string]: Example } };
  };
}
interface Response extends Content {
  readonly headers?: { readonly [name: string]: unknown };
}
export interface Operation {
  readonly operationId: string;
  readonly requestBody?: Content;
  readonly responses: { readonly [status: string]: Response | { readonly $ref: string } };
}
export interface OpenApi {
  readonly servers: readonly { readonly url: string }[];
  readonly paths: { readonly [path: string]: { readonly get?: Operation; readonly post?: Operation } };
  readonly components: {
    readonly responses: { readonly [name: string]: Response };
    readonly schemas: { readonly [name: string]: Json };
  };
}

/** The OpenAPI document as it is served. */
export const document = JSON.parse(
  readFileSync(new URL("../../docs/authzen.openapi.json", import.meta.url), "utf8"),
) as OpenApi;

const ID = "https://scopewarden.test/openapi";
// Strict: a keyword that it does not know, or that can't apply, is an error. What OpenAPI has around schemas is no keyword.
const ajv = new Ajv2020({
  strict: true,
  allowUnionTypes: true,
  allErrors: true,
  formats: { uri: (text: string) => URL.canParse(text), "date-time": (text: string) => /^\d{4}-.*T.*Z$/.test(text) },
});
ajv.addVocabulary(["components"]);
ajv.addSchema({ $id: ID, components: { schemas: document.components.schemas } });

const withId = (schema: Json): Json =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', `"${ID}#/components/`)) as Json;

const validators = new WeakMap<object, ValidateFunction>();
/** What a value has that its schema does not allow; nothing: it is valid. */
export function problemsOf(schema: Json, value: unknown): string[] {
  let validate = validators.get(schema);
  if (validate === undefined) {
    validate = ajv.compile(withId(schema));
    validators.set(schema, validate);
  }
  return validate(value)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

export const operationOf = (path: string, method = "POST"): Operation | undefined =>
  document.paths[path]?.[method.toLowerCase() as "get" | "post"];

export function responseOf({ responses }: Operation, status: number): Response | undefined {
  const found = responses[String(status)];
  if (found === undefined || !("$ref" in found)) return found as Response | undefined;
  return document.components.responses[found.$ref.split("/").at(-1) ?? ""];
}

/** Headers that an answer has if something is so. */
const SOMETIMES = new Set(["Deprecation", "Sunset"]);

/**
 * That an answer is one that the document has: its status, headers and body. At a path that is not in it, nothing is said.
 * @throws Error that names what is not so.
 */
export function requireDocumented(
  path: string,
  method: string,
  answer: { readonly status: number; readonly headers: Headers; readonly text: string; readonly body: unknown },
): void {
  const operation = operationOf(path, method);
  if (operation === undefined) return;
  const at = `${method} ${path} ${answer.status}`;
  const response = responseOf(operation, answer.status);
  const schema = response?.content?.["application/json"]?.schema;
  if (response === undefined || schema === undefined) throw new Error(`${at} is not in the OpenAPI document`);
  for (const name of Object.keys(response.headers ?? {}))
    if (!SOMETIMES.has(name) && !answer.headers.has(name)) throw new Error(`${at}: there is no header ${name}`);
  const problems = problemsOf(schema, answer.body);
  if (problems.length > 0) throw new Error(`${at}: ${problems.join("; ")}: ${answer.text}`);
}
