import type * as operations from "../domain/policy/operations.ts";
import type { Grant as DomainGrant } from "../domain/policy/types.ts";
import { mutationsOf, type OperationRows } from "./change.ts";
import { clearing } from "./clearing.ts";
import { connectionOf } from "./connections.ts";
import { id, inputType, int, objectType, text, time } from "./graphqlTypes.ts";
import { type At, POLICY_REVISION, policyList } from "./policyRows.ts";

export const Grant = objectType<At<DomainGrant>>(
  "Grant",
  "That a client may be given a scope: part of the client's ceiling.",
  {
    clientId: id("The client."),
    scope: text("The name of a registered scope, or a SMART scope, which then grants all that it covers."),
    validFrom: time.orNull("Holds from this time on; null: from ever."),
    validUntil: time.orNull("Holds until just before this time; null: for ever."),
    policyRevision: int(POLICY_REVISION),
  },
);
const GrantConnection = connectionOf("Grant", "grants", Grant);

const GrantScope = inputType<operations.GrantScope>(
  "GrantScope",
  "A scope granted to a client. A grant that is there is replaced: BAD_USER_INPUT when that leaves out what is set; say it again, or `clear` it. To revoke, only `clientId` and `scope` count.",
  {
    clientId: id("The client."),
    scope: text("The name of a registered scope, or a SMART scope."),
    validFrom: time.orNull("Holds from this time on; absent: from ever."),
    validUntil: time.orNull(
      "Holds until just before this time, which is after `validFrom` and in the future; absent: for ever.",
    ),
    clear: clearing("grant"),
  },
);

export const grantOperations = {
  grantScope: {
    input: GrantScope,
    step: "Grants a scope to a client, or changes the period.",
    mutations: { any: ["grantScope", "Grants a scope to a client, or changes the validity period of that grant."] },
  },
  revokeScope: {
    input: GrantScope,
    step: "Takes a granted scope back.",
    mutations: {
      any: ["revokeScope", "Takes a granted scope back. BAD_USER_INPUT when the client is not granted it."],
    },
  },
} satisfies OperationRows;

export const grantResolvers = [
  policyList("grant", {
    name: "grants",
    description: "The grants, by client and scope, those outside their validity period included.",
    connection: GrantConnection,
    filter: {
      type: "GrantFilter",
      description: "Narrows a list of grants; all that is given must hold. Texts are compared exactly.",
      members: {
        clientId: id("Grants to this client."),
        scope: text("Grants of this scope, by its name."),
      },
    },
  }),
  ...mutationsOf(grantOperations),
];
