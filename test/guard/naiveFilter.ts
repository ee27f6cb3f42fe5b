import assert from "node:assert/strict";
import type { AuthorizeInput, Client } from "../../clients/node/src/client.ts";
import { attributesOf, redact, toResource } from "../../clients/node/src/fhir/fhir.ts";
import type { FhirResource, FhirServer } from "./fhirServer.ts";
import { AUDIENCE, type GuardWorld } from "./guardWorld.ts";

/** Who asks: as a token says it, and as the naive filter asks for them. */
export interface Asking {
  readonly claims: { readonly [name: string]: unknown };
  readonly asker: Omit<AuthorizeInput, "action" | "resource">;
}

export const current = ({ store }: FhirServer): readonly FhirResource[] =>
  [...store.values()]
    .filter(({ gone }) => !gone)
    .map(({ versions }) => JSON.parse(versions.at(-1) ?? "") as FhirResource);

/** What may be had: one decision for each resource of the store. */
export async function naive(
  { asker }: Pick<Asking, "asker">,
  world: GuardWorld,
  client: Client,
): Promise<ReadonlySet<string>> {
  const options = { base: world.upstream.url };
  const asked = current(world.upstream).flatMap((resource) => {
    const facts = attributesOf(resource, options);
    // What is nobody's, where it should be somebody's, is nobody's to see.
    const isLost = resource.resourceType === "Observation" && facts.patients?.length === 0;
    const input = isLost ? null : toResource(facts, "city");
    return input === null || resource.resourceType === "Binary" ? [] : [{ resource, input }];
  });
  const answers = await client.authorizeBatch(
    asked.map(({ input: resource }) => ({ ...asker, action: "read", resource })),
  );
  return new Set(
    asked
      .filter(({ resource }, i) => {
        const answer = answers[i];
        if (answer?.outcome !== "allowed") return false;
        return answer.obligations.every((obligation) =>
          obligation.type === "redact"
            ? redact(resource, obligation, options) !== null
            : obligation.type === "label" && attributesOf(resource, options).labels !== undefined,
        );
      })
      .map(({ resource }) => `${resource.resourceType}/${resource.id}`),
  );
}

/** A resource on a page, `Type/id`, and how it got there. */
export interface Found {
  readonly name: string;
  readonly mode: string;
}

/** What is on each page of a search, in its order; none where the type may not be searched. */
export async function pagesOf(path: string, token: string, world: GuardWorld): Promise<readonly (readonly Found[])[]> {
  const pages: Found[][] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const { body, status, text } = await world.get(next, token);
    if (status === 403) return [];
    assert.equal(status, 200, `${next} ${text}`);
    assert.ok(!text.includes(world.upstream.url), "an address of the upstream's got out");
    const entries = body.entry as readonly {
      readonly resource: FhirResource;
      readonly search: { readonly mode: string };
    }[];
    pages.push(
      entries
        .filter(({ search }) => search.mode !== "outcome")
        .map(({ resource, search }) => ({ name: `${resource.resourceType}/${resource.id}`, mode: search.mode })),
    );
    const link = body.link.find(({ relation }: { relation: string }) => relation === "next");
    next = link?.url.slice(AUDIENCE.length + 1);
  }
  return pages;
}
