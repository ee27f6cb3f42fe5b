import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import type * as operations from "../domain/policy/operations.ts";
import type { ClientStatus, Client as DomainClient } from "../domain/policy/types.ts";
import { mutationsOf, type OperationRows } from "./change.ts";
import { connectionOf } from "./connections.ts";
import { ClientStatusEnum } from "./enums.ts";
import type { Whole } from "./inputs.ts";
import { type At, POLICY_REVISION, policyList, policyRow } from "./policyRows.ts";

@ObjectType("Client", { simpleResolvers: true, description: "An OAuth client application." })
export class Client implements At<DomainClient> {
  @Field(() => ID, { description: "Its `client_id`." })
  readonly id!: string;
  @Field(() => String, { description: "Its name for people." })
  readonly name!: string;
  @Field(() => ClientStatusEnum, { description: "Whether it is served." })
  readonly status!: ClientStatus;
  @Field(() => String, { nullable: true, description: "What it is for." })
  readonly description!: string | null;
  @Field(() => Int, { description: POLICY_REVISION })
  readonly policyRevision!: number;
}

@InputType("PutClient", {
  description: "A client to be registered, or changed if it is there: it becomes exactly what is said here.",
})
export class PutClient implements Whole<operations.PutClient> {
  @Field(() => ID, { description: "Its `client_id`: 1 to 256 characters without control characters." })
  readonly id!: string;
  @Field(() => String, { description: "Its name for people, 1 to 256 characters." })
  readonly name!: string;
  @Field(() => ClientStatusEnum, { nullable: true, defaultValue: "ACTIVE", description: "Whether it is served." })
  readonly status!: ClientStatus | null | undefined;
  @Field(() => String, { nullable: true, description: "What it is for, at most 2000 characters." })
  readonly description!: string | null | undefined;
}

@InputType("ClientRef", { description: "Names a client." })
export class ClientRef implements operations.ClientRef {
  @Field(() => ID, { description: "The client's id." })
  readonly id!: string;
}

export const clientOperations = {
  putClient: {
    input: PutClient,
    step: "Registers or replaces a client.",
    mutations: {
      create: ["createClient", "Registers a new client. BAD_USER_INPUT when there is one of that id."],
      update: [
        "updateClient",
        "Replaces what is said of a client, its status included. BAD_USER_INPUT when there is none of that id.",
      ],
    },
  },
  deleteClient: {
    input: ClientRef,
    step: "Deletes a client that nothing names.",
    mutations: {
      any: ["deleteClient", "Deletes a client. BAD_USER_INPUT while it has grants or role assignments."],
    },
  },
} satisfies OperationRows;

export const clientResolvers = [
  policyRow("client", { type: Client, key: "id", find: (snapshot, id) => snapshot.clients.get(id) }),
  policyList("client", {
    name: "clients",
    description: "The clients, by id.",
    connection: connectionOf("Client", "clients", () => Client),
    filter: {
      type: "ClientFilter",
      description: "Narrows a list of clients; all that is given must hold. Texts are compared exactly.",
      members: {
        id: [ID, "The client of this id."],
        idPrefix: [String, "Ids that begin so."],
        status: [ClientStatusEnum, "Clients of this status."],
      },
    },
  }),
  ...mutationsOf(clientOperations),
];
