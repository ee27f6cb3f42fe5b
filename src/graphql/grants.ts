import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import type * as operations from "../domain/policy/operations.ts";
import type { Grant as DomainGrant } from "../domain/policy/types.ts";
import { mutationsOf, type OperationRows } from "./change.ts";
import { connectionOf } from "./connections.ts";
import type { Whole } from "./inputs.ts";
import { type At, POLICY_REVISION, policyList } from "./policyRows.ts";
import { DateTime } from "./scalars.ts";

@ObjectType("Grant", {
  simpleResolvers: true,
  description: "That a client may be given a scope: part of the client's ceiling.",
})
export class Grant implements At<DomainGrant> {
  @Field(() => ID, { description: "The client." })
  readonly clientId!: string;
  @Field(() => String, {
    description: "The name of a registered scope, or a SMART scope, which then grants all that it covers.",
  })
  readonly scope!: string;
  @Field(() => DateTime, { nullable: true, description: "Holds from this time on; null: from ever." })
  readonly validFrom!: number | null;
  @Field(() => DateTime, { nullable: true, description: "Holds until just before this time; null: for ever." })
  readonly validUntil!: number | null;
  @Field(() => Int, { description: POLICY_REVISION })
  readonly policyRevision!: number;
}
export const GrantConnection = connectionOf("Grant", "grants", () => Grant);

@InputType("GrantScope", { description: "A scope granted to a client. To revoke, only `clientId` and `scope` count." })
export class GrantScope implements Whole<operations.GrantScope> {
  @Field(() => ID, { description: "The client." })
  readonly clientId!: string;
  @Field(() => String, { description: "The name of a registered scope, or a SMART scope." })
  readonly scope!: string;
  @Field(() => DateTime, { nullable: true, description: "Holds from this time on; absent: from ever." })
  readonly validFrom!: number | null | undefined;
  @Field(() => DateTime, {
    nullable: true,
    description: "Holds until just before this time, which is after `validFrom`; absent: for ever.",
  })
  readonly validUntil!: number | null | undefined;
}

export const grantOperations = {
  grantScope: {
    input: GrantScope,
    step: "Grants a scope to a client, or changes the period.",
    mutations: {
      any: ["grantScope", "Grants a scope to a client, or changes the validity period of that grant."],
    },
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
        clientId: [ID, "Grants to this client."],
        scope: [String, "Grants of this scope, by its name."],
      },
    },
  }),
  ...mutationsOf(grantOperations),
];
