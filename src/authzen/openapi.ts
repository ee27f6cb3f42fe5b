import { GRANT_PATH } from "./grant.ts";
import { ENDPOINTS, METADATA_PATH } from "./metadata.ts";
import { json, ref, schemas } from "./openapiSchemas.ts";

const ERRORS: { readonly [status: string]: string } = {
  400: "The request is malformed, too large, not JSON, or a member is missing or mistyped.",
  401: "The caller did not authenticate.",
  403: "The caller's role may not ask this.",
  429: "Too many authentications of this key, or this token's client, have failed from this address.",
  500: "Something went wrong inside the service.",
  503: "The policy or the journal is not available; nothing was decided. Try again.",
};
const headers = { "X-Request-ID": { schema: { type: "string" }, description: "The request's own, if it had one." } };
const errors = Object.fromEntries(
  Object.entries(ERRORS).map(([status, description]) => [
    status,
    { description, headers, content: json(ref("Error")) },
  ]),
);
const requestId = { name: "X-Request-ID", in: "header", required: false, schema: { type: "string" } };

const post = (operationId: string, summary: string, request: string, response: object) => ({
  post: {
    operationId,
    summary,
    parameters: [requestId],
    requestBody: { required: true, content: json(ref(request)) },
    responses: { 200: { description: "The answer.", headers, content: json(response) }, ...errors },
  },
});

const either = { oneOf: [ref("Decision"), ref("Decisions")] };

/** Where it is served. */
export const OPENAPI_PATH = "/access/v1/openapi.json";

/** The OpenAPI 3.1 description of what `src/http/authzenRoutes.ts` serves. `docs/authzen.openapi.json` is its text. */
export function openapi(): object {
  return {
    openapi: "3.1.0",
    info: {
      title: "Scopewarden over AuthZEN",
      version: "1.0",
      description: "The OpenID AuthZEN Authorization API 1.0, and the grant door for authorization servers.",
    },
    security: [{ bearer: [] }],
    paths: {
      [ENDPOINTS.access_evaluation_endpoint]: post(
        "evaluation",
        "May this be done?",
        "EvaluationRequest",
        ref("Decision"),
      ),
      [ENDPOINTS.access_evaluations_endpoint]: post("evaluations", "May these be done?", "EvaluationsRequest", either),
      [ENDPOINTS.search_subject_endpoint]: post(
        "searchSubject",
        "Who may do this?",
        "SubjectSearchRequest",
        ref("EntitySearchResponse"),
      ),
      [ENDPOINTS.search_resource_endpoint]: post(
        "searchResource",
        "On what may this be done?",
        "ResourceSearchRequest",
        ref("EntitySearchResponse"),
      ),
      [ENDPOINTS.search_action_endpoint]: post(
        "searchAction",
        "What may be done?",
        "ActionSearchRequest",
        ref("ActionSearchResponse"),
      ),
      [GRANT_PATH]: post("grant", "Which scopes may a token carry?", "GrantRequest", ref("GrantDecision")),
      [OPENAPI_PATH]: {
        get: {
          operationId: "openapi",
          summary: "This document.",
          responses: {
            200: { description: "OpenAPI 3.1.", headers, content: json({ type: "object" }) },
            401: errors[401],
            429: errors[429],
          },
        },
      },
      [METADATA_PATH]: {
        get: {
          operationId: "metadata",
          summary: "What is served, and where. Needs no key.",
          security: [],
          responses: {
            200: { description: "The metadata.", headers, content: json(ref("Metadata")) },
            400: errors[400],
          },
        },
      },
    },
    components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } }, schemas },
  };
}
