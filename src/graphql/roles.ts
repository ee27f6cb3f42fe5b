import type * as operations from "../domain/policy/operations.ts";
import type { Role as DomainRole } from "../domain/policy/types.ts";
import { mutationsOf, type OperationRows } from "./change.ts";
import { clearing } from "./clearing.ts";
import { connectionOf } from "./connections.ts";
import { inputType, int, objectType, text } from "./graphqlTypes.ts";
import { type At, POLICY_REVISION, policyList, policyRow } from "./policyRows.ts";

export const Role = objectType<At<DomainRole>>(
  "Role",
  "A role that subjects and clients hold, and that rules speak of.",
  {
    name: text("Its name."),
    inherits: text.list("The roles whose permissions it has too, and in turn theirs."),
    description: text.orNull("What it is for."),
    policyRevision: int(POLICY_REVISION),
  },
);

const clear = clearing("role");

const PutRole = inputType<operations.PutRole>(
  "PutRole",
  "A role to be created, or replaced if it is there: it becomes exactly what is said here. BAD_USER_INPUT when that leaves out what is set; say it again, or `clear` it.",
  {
    name: text("1 to 256 characters, none of them a control character; not `*`, which stands for any."),
    inherits: text.listOrNull("The roles whose permissions it has too. A circle is refused."),
    description: text.orNull("What it is for, at most 2000 characters."),
    clear,
  },
);

const UpdateRole = inputType<operations.UpdateRole>(
  "UpdateRole",
  "What changes of a role; what is left out stays as it is, and null is refused.",
  {
    name: text("The role's name."),
    inherits: text.listOrNull("The roles whose permissions it has too, all of them. A circle is refused."),
    description: text.orNull("What it is for, at most 2000 characters."),
    clear,
  },
);

const RoleRef = inputType<operations.RoleRef>("RoleRef", "Names a role.", {
  name: text("The role's name."),
});

export const roleOperations = {
  putRole: {
    input: PutRole,
    step: "Creates or replaces a role.",
    mutations: {
      create: ["createRole", "Creates a role. BAD_USER_INPUT when there is one of that name."],
    },
  },
  updateRole: {
    input: UpdateRole,
    step: "Changes what is given of a role.",
    mutations: {
      any: [
        "updateRole",
        "Changes what is given of a role, and nothing else. BAD_USER_INPUT when there is none of that name.",
      ],
    },
  },
  deleteRole: {
    input: RoleRef,
    step: "Deletes a role that nothing names.",
    mutations: {
      any: [
        "deleteRole",
        "Deletes a role. BAD_USER_INPUT while a role inherits it, someone holds it, or a rule names it.",
      ],
    },
  },
} satisfies OperationRows;

export const roleResolvers = [
  policyRow("role", { type: Role, key: "name", find: (snapshot, name) => snapshot.roles.get(name) }),
  policyList("role", {
    name: "roles",
    description: "The roles, by name.",
    connection: connectionOf("Role", "roles", Role),
    filter: {
      type: "RoleFilter",
      description: "Narrows a list of roles; all that is given must hold. Texts are compared exactly.",
      members: {
        name: text("The role of this name."),
        namePrefix: text("Names that begin so."),
      },
    },
  }),
  ...mutationsOf(roleOperations),
];
