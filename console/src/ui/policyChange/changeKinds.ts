// What can be changed by picking: each kind with its fields, what the service takes for it, and its sentence.
import type { PolicyOperation } from "../../generated/schema.ts";
import type { Option } from "../fields.tsx";
import { words } from "../words.ts";

export interface ChangeField {
  /** As the service calls it: its problems stand there. */
  readonly name: string;
  readonly label: string;
  readonly kind: "rule" | "client" | "scope" | "granted" | "role" | "organization" | "text" | "cel" | "select";
  readonly options?: readonly Option[];
  readonly hint?: string;
  readonly isOptional?: boolean;
}

type Values = Readonly<Record<string, string>>;

export interface ChangeKind {
  readonly id: string;
  readonly name: string;
  readonly fields: readonly ChangeField[];
  readonly make: (values: Values) => PolicyOperation;
}

/** Members that were said; one that is empty is left out. */
const said = <T extends object>(values: T): T =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== "" && value !== undefined)) as T;
const v = (values: Values, name: string): string => (values[name] ?? "").trim();

const RULE: ChangeField = { name: "id", label: "Rule", kind: "rule" };
const CLIENT: ChangeField = { name: "id", label: "Client", kind: "client" };
const EFFECTS: readonly Option[] = [
  { id: "ALLOW", name: "Allow" },
  { id: "DENY", name: "Deny" },
];
const ANY = "* is any.";
const held = (values: Values) => ({
  role: v(values, "role"),
  organization: v(values, "organization") || "*",
  subjectId: v(values, "subjectId"),
});
const HELD: readonly ChangeField[] = [
  { name: "subjectId", label: "Person", kind: "text", hint: "Their id." },
  { name: "role", label: "Role", kind: "role" },
  {
    name: "organization",
    label: "Held in",
    kind: "organization",
    isOptional: true,
    hint: "Empty: in all organizations.",
  },
];

export const CHANGE_KINDS: readonly ChangeKind[] = [
  { id: "deleteRule", name: "Take a rule away", fields: [RULE], make: (x) => ({ deleteRule: { id: v(x, "id") } }) },
  {
    id: "updateRule",
    name: "Change when a rule counts",
    fields: [
      RULE,
      {
        name: "when",
        label: "Only when",
        kind: "cel",
        hint: 'A condition in CEL, such as purposeOfUse == "TREAT". Empty: always.',
        isOptional: true,
      },
    ],
    make: (x) => ({
      updateRule: v(x, "when") === "" ? { id: v(x, "id"), clear: ["WHEN"] } : { id: v(x, "id"), when: v(x, "when") },
    }),
  },
  {
    id: "putRule",
    name: "Put a new rule",
    fields: [
      { name: "effect", label: "It does", kind: "select", options: EFFECTS },
      { name: "role", label: "For the role", kind: "role", hint: ANY },
      { name: "scope", label: "With the scope", kind: "scope", hint: ANY },
      { name: "action", label: "Action", kind: "text", hint: "read, search, create, update, delete, or *" },
      { name: "resourceType", label: "Type", kind: "text", hint: "Such as Observation, or *" },
      {
        name: "when",
        label: "Only when",
        kind: "cel",
        isOptional: true,
        hint: 'In CEL, such as purposeOfUse == "TREAT". Empty: always.',
      },
      { name: "description", label: "What it is for", kind: "text", isOptional: true },
    ],
    make: (x) => ({
      putRule: said({
        effect: v(x, "effect") as "ALLOW" | "DENY",
        role: v(x, "role"),
        scope: v(x, "scope"),
        action: v(x, "action"),
        resourceType: v(x, "resourceType"),
        when: v(x, "when"),
        description: v(x, "description"),
      }),
    }),
  },
  {
    id: "suspendClient",
    name: "Suspend a client",
    fields: [CLIENT],
    make: (x) => ({ updateClient: { id: v(x, "id"), status: "SUSPENDED" } }),
  },
  {
    id: "revokeScope",
    name: "Take a scope from a client",
    fields: [
      { ...CLIENT, name: "clientId" },
      { name: "scope", label: "Scope", kind: "granted" },
    ],
    make: (x) => ({ revokeScope: { clientId: v(x, "clientId"), scope: v(x, "scope") } }),
  },
  {
    id: "grantScope",
    name: "Grant a scope to a client",
    fields: [
      { ...CLIENT, name: "clientId" },
      { name: "scope", label: "Scope", kind: "scope" },
    ],
    make: (x) => ({ grantScope: { clientId: v(x, "clientId"), scope: v(x, "scope") } }),
  },
  {
    id: "retireScope",
    name: "Retire a scope",
    fields: [{ name: "name", label: "Scope", kind: "scope" }],
    make: (x) => ({ retireScope: { name: v(x, "name"), force: true } }),
  },
  { id: "unassignRole", name: "Take a role from somebody", fields: HELD, make: (x) => ({ unassignRole: held(x) }) },
  { id: "assignRole", name: "Give somebody a role", fields: HELD, make: (x) => ({ assignRole: held(x) }) },
];

const where = (organization: string) => (organization === "*" ? "in all organizations" : `in ${organization}`);

/** An operation as people say it. */
export function changeWords(operation: PolicyOperation): string {
  const {
    deleteRule,
    updateRule,
    putRule,
    updateClient,
    revokeScope,
    grantScope,
    retireScope,
    unassignRole,
    assignRole,
  } = operation;
  if (deleteRule) return `Take the rule ${deleteRule.id} away`;
  if (updateRule)
    return updateRule.when == null
      ? `Change the rule ${updateRule.id}${updateRule.clear?.includes("WHEN") ? ": it always counts" : ""}`
      : `The rule ${updateRule.id} counts only when ${updateRule.when}`;
  if (putRule)
    return `${putRule.effect === "ALLOW" ? "Allow" : "Deny"} ${putRule.role === "*" ? "everybody" : putRule.role} ${putRule.action === "*" ? "anything" : putRule.action} on ${putRule.resourceType === "*" ? "every type" : putRule.resourceType} with ${putRule.scope === "*" ? "any scope" : putRule.scope}${putRule.when ? ` when ${putRule.when}` : ""}`;
  if (updateClient?.status === "SUSPENDED") return `Suspend the client ${updateClient.id}`;
  if (revokeScope) return `Take ${revokeScope.scope} from the client ${revokeScope.clientId}`;
  if (grantScope) return `Grant ${grantScope.scope} to the client ${grantScope.clientId}`;
  if (retireScope) return `Retire the scope ${retireScope.name}`;
  if (unassignRole)
    return `Take the role ${unassignRole.role} ${where(unassignRole.organization)} from ${unassignRole.subjectId ?? unassignRole.clientId}`;
  if (assignRole)
    return `Give ${assignRole.subjectId ?? assignRole.clientId} the role ${assignRole.role} ${where(assignRole.organization)}`;
  const [name = "", input] = Object.entries(operation)[0] ?? [];
  const { id, name: called } = (input ?? {}) as { id?: string; name?: string };
  return `${words(name.replace(/([A-Z])/g, "_$1"))} ${id ?? called ?? ""}`.trim();
}

/** Whom an operation gives something, or takes it from; null: no person. */
export function changedSubject({ assignRole, unassignRole }: PolicyOperation): { id: string; type: string } | null {
  const { subjectId, subjectType } = assignRole ?? unassignRole ?? {};
  return subjectId == null ? null : { id: subjectId, type: subjectType ?? "user" };
}

/** What a proposal of these operations is called. */
export const changeTitle = (operations: readonly PolicyOperation[]): string => {
  const [first] = operations;
  if (first === undefined) return "";
  const more = operations.length - 1;
  return `${changeWords(first)}${more > 0 ? `, and ${more} more` : ""}`.slice(0, 200);
};
