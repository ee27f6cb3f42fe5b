import { OWN_OBLIGATIONS } from "../domain/decisions/ownObligations.ts";

/** The APIs of the standard that are served, by their key in the metadata (section 9). A key that is not here is not served. */
export const ENDPOINTS = {
  access_evaluation_endpoint: "/access/v1/evaluation",
  access_evaluations_endpoint: "/access/v1/evaluations",
  search_subject_endpoint: "/access/v1/search/subject",
  search_resource_endpoint: "/access/v1/search/resource",
  search_action_endpoint: "/access/v1/search/action",
} as const;

/** What stands between the host and the path of the decision point's URL, where there is a path (section 9.2). */
export const METADATA_PATH = "/.well-known/authzen-configuration";

/** Where the metadata stand, beside `METADATA_PATH` itself, of a decision point whose URL has this path; null: it has none. */
export const tenantMetadataPath = (pathname: string): string | null =>
  /^\/?$/.test(pathname) ? null : METADATA_PATH + pathname;

/** The metadata document of the decision point at a base URL, which has no slash at its end. */
export function metadata(base: string): string {
  const endpoints = Object.entries(ENDPOINTS).map(([key, path]) => [key, base + path]);
  return JSON.stringify({
    policy_decision_point: base,
    ...Object.fromEntries(endpoints),
    // Types that rules have are not told to everybody: they say what a policy is about.
    supported_obligations: OWN_OBLIGATIONS,
  });
}
