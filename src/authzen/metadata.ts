/** The APIs of the standard that are served, by their key in the metadata (section 9). A key that is not here is not served. */
export const ENDPOINTS = {
  access_evaluation_endpoint: "/access/v1/evaluation",
  access_evaluations_endpoint: "/access/v1/evaluations",
  search_subject_endpoint: "/access/v1/search/subject",
  search_resource_endpoint: "/access/v1/search/resource",
  search_action_endpoint: "/access/v1/search/action",
} as const;

/** Where the metadata stands, between the host and the path of the decision point's URL. */
export const METADATA_PATH = "/.well-known/authzen-configuration";

/** The metadata document of the decision point at a base URL, which has no slash at its end. */
export function metadata(base: string): string {
  const endpoints = Object.entries(ENDPOINTS).map(([key, path]) => [key, base + path]);
  return JSON.stringify({ policy_decision_point: base, ...Object.fromEntries(endpoints) });
}
