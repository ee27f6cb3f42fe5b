import type * as operations from "../domain/policy/operations.ts";
import type { Client as DomainClient } from "../domain/policy/types.ts";
import { mutationsOf, type OperationRows } from "./change.ts";
import { connectionOf } from "./connections.ts";
import { ClientStatusEnum } from "./enums.ts";
import { id, inputType, int, objectType, oneOf, text } from "./graphqlTypes.ts";
import { type At, POLICY_REVISION, policyList, policyRow } from "./policyRows.ts";

export const Client = objectType<At<DomainClient>>("Client", "An OAuth client application.", {
  id: id("Its `client_id`."),
  name: text("Its name for people."),
  status: oneOf(ClientStatusEnum)("Whether it is served."),
  description: text.orNull("What it is for."),
  policyRevision: int(POLICY_REVISION),
});

const PutClient = inputType<operations.PutClient>(
  "PutClient",
  "A client to be registered, or changed if it is there: it becomes exactly what is said here.",
  {
    id: id("Its `client_id`: 1 to 256 characters without control characters."),
    name: text("Its name for people, 1 to 256 characters."),
    status: oneOf(ClientStatusEnum).or("ACTIVE", "Whether it is served."),
    description: text.orNull("What it is for, at most 2000 characters."),
  },
);

const ClientRef = inputType<operations.ClientRef>("ClientRef", "Names a client.", {
  id: id("The client's id."),
});

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
    mutations: { any: ["deleteClient", "Deletes a client. BAD_USER_INPUT while it has grants or role assignments."] },
  },
} satisfies OperationRows;

export const clientResolvers = [
  policyRow("client", { type: Client, key: "id", find: (snapshot, id) => snapshot.clients.get(id) }),
  policyList("client", {
    name: "clients",
    description: "The clients, by id.",
    connection: connectionOf("Client", "clients", Client),
    filter: {
      type: "ClientFilter",
      description: "Narrows a list of clients; all that is given must hold. Texts are compared exactly.",
      members: {
        id: id("The client of this id."),
        idPrefix: text("Ids that begin so."),
        status: oneOf(ClientStatusEnum)("Clients of this status."),
      },
    },
  }),
  ...mutationsOf(clientOperations),
];
