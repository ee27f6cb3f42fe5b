/** As much of Cedar's types as the benchmark uses, so that the repository's check compiles it where the benchmarks' peers are not installed. */
export interface EntityJson {
  readonly uid: { readonly type: string; readonly id: string };
  readonly attrs: object;
  readonly parents: readonly { readonly type: string; readonly id: string }[];
}
interface Failure {
  readonly type: "failure";
}
export function preparsePolicySet(
  id: string,
  policies: { readonly staticPolicies: string },
): { readonly type: "success" } | Failure;
export function statefulIsAuthorized(
  call: object,
): { readonly type: "success"; readonly response: { readonly decision: "allow" | "deny" } } | Failure;
