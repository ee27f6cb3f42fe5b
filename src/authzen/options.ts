import { Reader } from "../domain/kernel/reader.ts";

export const SEMANTICS = ["execute_all", "deny_on_first_deny", "permit_on_first_permit"] as const;
export type Semantic = (typeof SEMANTICS)[number];

export interface Options {
  /** Whether reasons are asked for: an option of our own, as the standard allows. */
  readonly explain: boolean;
  readonly semantic: Semantic;
}
const DEFAULTS: Options = { explain: false, semantic: "execute_all" };

/** `options` (section 7, "Evaluations options"); unknown ones are ignored. @throws ScopewardenError BAD_USER_INPUT */
export function readOptions(value: unknown): Options {
  if (value === undefined) return DEFAULTS;
  const json = new Reader();
  const options = json.object(value, "options");
  const explain = options?.explain === undefined ? DEFAULTS.explain : json.boolean(options.explain, "options.explain");
  const named = options?.evaluations_semantic;
  const semantic = named === undefined ? DEFAULTS.semantic : SEMANTICS.find((name) => name === named);
  if (semantic === undefined) json.problem("options.evaluations_semantic", `must be one of ${SEMANTICS.join(", ")}`);
  json.check();
  return { explain: explain === true, semantic: semantic ?? DEFAULTS.semantic };
}
