import type * as operations from "../domain/policy/operations.ts";
import type { Client as DomainClient } from "../domain/policy/types.ts";
import { mutationsOf, type OperationRows } from "./change.ts";
import { clearing } from "./clearing.ts";
import { connectionOf } from "./connections.ts";
import { ClientStatusEnum } from "./enums.ts";
import { flag, id, inputType, int, objectType, oneOf, text } from "./graphqlTypes.ts";
import { type At, POLICY_REVISION, policyList, policyRow } from "./policyRows.ts";

export const Client = objectType<At<DomainClient>>("Client", "An OAuth client application.", {
  id: id("Its `client_id`."),
  name: text("Its name for people."),
  status: oneOf(ClientStatusEnum)("Whether it is served."),
  description: text.orNull("What it is for."),
  protocolScopes: text.listOrNull("The protocol scopes that it may be given; null: all but `offline_access`."),
  careCritical: flag("Whether care depends on it, so that no alert suspends it."),
  policyRevision: int(POLICY_REVISION),
});

const clear = clearing("client");
const protocolScopes = text.listOrNull(
  "The protocol scopes that it may be given, at most 100: names such as `openid` and `launch/patient`, absolute URIs, `launch/*`, or `*` for all but `offline_access`, which must be named. Absent: `*`. An empty list: none.",
);

const PutClient = inputType<operations.PutClient>(
  "PutClient",
  "A client to be registered, or replaced if it is there: it becomes exactly what is said here. BAD_USER_INPUT when that leaves out what is set; say it again, or `clear` it.",
  {
    id: id("Its `client_id`: 1 to 256 characters without control characters."),
    name: text("Its name for people, 1 to 256 characters."),
    status: oneOf(ClientStatusEnum).orNull(
      "Whether it is served; absent: ACTIVE. A client that is SUSPENDED needs it said.",
    ),
    description: text.orNull("What it is for, at most 2000 characters."),
    protocolScopes,
    careCritical: flag.orNull(
      "Whether care depends on it, so that no alert suspends it; absent: no. One that is needs it said.",
    ),
    clear,
  },
);

const UpdateClient = inputType<operations.UpdateClient>(
  "UpdateClient",
  "What changes of a client; what is left out stays as it is, and null is refused.",
  {
    id: id("Its `client_id`."),
    name: text.orNull("Its name for people, 1 to 256 characters."),
    status: oneOf(ClientStatusEnum).orNull("Whether it is served."),
    description: text.orNull("What it is for, at most 2000 characters."),
    protocolScopes,
    careCritical: flag.orNull("Whether care depends on it, so that no alert suspends it."),
    clear,
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
    },
  },
  updateClient: {
    input: UpdateClient,
    step: "Changes what is given of a client.",
    mutations: {
      any: [
        "updateClient",
        "Changes what is given of a client, and nothing else. BAD_USER_INPUT when there is none of that id.",
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
