import { ask } from "../../session/session.ts";
import type { Option } from "../fields.tsx";
import { findOptions } from "../findOptions.ts";
import { GrantedScopes, PolicyNames, type PolicyNamesResult } from "./policyChange.graphql.ts";

type Noun = "CLIENT" | "ROLE" | "RULE" | "SCOPE";

const NONE = { rules: false, clients: false, roles: false, scopes: false };
const nodes = <N>(list: { readonly edges: readonly { readonly node: N }[] } | null | undefined): readonly N[] =>
  list?.edges.map(({ node }) => node) ?? [];
const LISTS: Readonly<
  Record<Noun, { readonly member: keyof typeof NONE; readonly read: (names: PolicyNamesResult) => readonly Option[] }>
> = {
  RULE: {
    member: "rules",
    read: ({ rules }) =>
      nodes(rules).map(({ id, effect, role, action, resourceType, scope }) => ({
        id,
        name: id,
        hint: `${effect === "ALLOW" ? "Allows" : "Denies"} ${role} ${action} on ${resourceType} with ${scope}`,
      })),
  },
  CLIENT: {
    member: "clients",
    read: ({ clients }) =>
      nodes(clients).map(({ id, name, status }) => ({
        id,
        name,
        hint: status === "SUSPENDED" ? `${id}, suspended` : id,
      })),
  },
  ROLE: {
    member: "roles",
    read: ({ roles }) =>
      nodes(roles).map(({ name, description }) => ({ id: name, name, hint: description ?? undefined })),
  },
  SCOPE: {
    member: "scopes",
    read: ({ scopes }) => [
      ...new Map(
        nodes(scopes).map(({ name, title, state }) => [name, { id: name, name, hint: title ?? state.toLowerCase() }]),
      ).values(),
    ],
  },
};

/** Things of the policy for `PickerField`: the first of them before anything is typed, then what has the text. Reading the policy is no act on record. */
export const policyOptions = (noun: Noun) => {
  const find = findOptions(noun);
  return async (text: string, signal: AbortSignal): Promise<readonly Option[]> => {
    if (text !== "") return find(text, signal);
    const { member, read } = LISTS[noun];
    return read(await ask(PolicyNames, { ...NONE, [member]: true }, signal));
  };
};

/** The scopes that a client is granted. */
export const grantedOptions =
  (clientId: string) =>
  async (text: string, signal: AbortSignal): Promise<readonly Option[]> => {
    if (clientId === "") return [];
    const { client } = await ask(GrantedScopes, { clientId }, signal);
    return (client?.grants ?? [])
      .filter(({ scope }) => scope.toLowerCase().includes(text.toLowerCase()))
      .map(({ scope }) => ({ id: scope, name: scope }));
  };
