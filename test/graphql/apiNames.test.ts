import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { buildSchema, type GraphQLField, isNonNullType, isObjectType } from "graphql";

const schema = buildSchema(readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8"));
type Place = {
  readonly type: string;
  readonly field: GraphQLField<unknown, unknown>;
  readonly names: readonly string[];
};
/** Every field of every object type. */
const PLACES: readonly Place[] = Object.values(schema.getTypeMap())
  .filter((type) => isObjectType(type) && !type.name.startsWith("__") && !/^(Query|Mutation)$/.test(type.name))
  .flatMap((type) => {
    const fields = isObjectType(type) ? Object.values(type.getFields()) : [];
    return fields.map((field) => ({ type: type.name, field, names: fields.map(({ name }) => name) }));
  });
const bare = ({ field }: Place): string => String(field.type).replaceAll(/[![\]]/g, "");
const times = PLACES.filter((place) => bare(place) === "DateTime");

/** The places that break a rule, but for those that are excepted; an exception that excepts nothing is one too many. */
function keeps(found: readonly Place[], exceptions: { readonly [place: string]: string } = {}): void {
  const broken = found.map(({ field, type }) => `${type}.${field.name}`);
  assert.deepEqual(broken.toSorted(), Object.keys(exceptions).toSorted());
}

test("what always happened to an object is what it is about: its time is `at`", () => {
  keeps(
    times.filter(({ field }) => /At$/.test(field.name) && isNonNullType(field.type)),
    {
      "Decision.decidedAt": "a name of the contract",
      "GrantDecision.decidedAt": "a name of the contract",
      "PolicyRevision.committedAt": "a name of the contract",
      "Alert.firstAt": "the first of many, and a name of the contract",
      "Alert.lastAt": "likewise, the last",
      "AlertViewer.lastAt": "likewise, of a viewer",
      "ReplayGroup.firstAt": "the first of many, and a name of the contract",
      "ReplayGroup.lastAt": "likewise, the last",
      "RetirementClient.lastUsedAt": "the last of many",
      "BreakGlass.reviewDueAt": "by when others shall act; nothing ends",
      "ReviewCampaign.dueAt": "by when others shall act; nothing ends",
    },
  );
});

test("what ends by itself ends at `until`, and a word before it tells two ends apart", () => {
  keeps(times.filter(({ field }) => /^(ends?|expire[sd]?|expiry)At$/i.test(field.name)));
  keeps(
    times.filter(
      ({ field, names }) => /.Until$/.test(field.name) && !names.some((n) => n !== field.name && /[uU]ntil$/.test(n)),
    ),
    {
      "Alert.quietUntil": "the alert does not end then",
      "Assignment.validUntil": "a name of the contract",
      "Grant.validUntil": "a name of the contract",
      "ScopeGrant.validUntil": "a name of the contract",
      "ReduceTo.validUntil": "the `validUntil` of an assignment or a grant",
    },
  );
});

test("who did something is an Actor: `by` of what an object is about, `decidedBy` beside `decidedAt`", () => {
  keeps(
    PLACES.filter(
      (place) =>
        /^(ID|String|CallerSubject)$/.test(bare(place)) &&
        /^by$|(By|ById|BySubject)$|^(author|caller|owner)/.test(place.field.name),
    ),
    {
      "Actor.callerId": "which caller the actor is",
      "PolicyRevision.author": "a name of the contract, beside `by`",
      "Proposal.author": "a name of the contract, beside `by`",
      "Scope.replacedBy": "a scope, and nobody",
      "ConsentTerms.authors": "of whose data a consent speaks",
    },
  );
  keeps(
    PLACES.filter((place) => bare(place) === "Actor" && place.field.name !== "by").filter(
      ({ field, names }) => !names.includes(field.name.replace(/By$/, "At")),
    ),
  );
  keeps(
    PLACES.filter((place) => bare(place) === "Actor" && place.field.name === "by").filter(
      ({ names }) => !names.includes("at"),
    ),
    {
      "Decision.by": "its time is `decidedAt`, a name of the contract",
      "GrantDecision.by": "likewise",
      "PolicyRevision.by": "its time is `committedAt`, a name of the contract",
      "AlertSuppression.by": "it holds from when it was made: `from`",
      "ReviewerFigures.by": "of many decisions",
    },
  );
});

test("an input takes the names that the objects have", () => {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!("getFields" in type) || isObjectType(type)) continue;
    for (const name of Object.keys(type.getFields()))
      assert.doesNotMatch(name, /^(ends?|expires?|created|author|requestedBy|owner)(At|Id)?$/, `${type.name}.${name}`);
  }
});
