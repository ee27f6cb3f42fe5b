import type { Consent, ConsentException } from "./types.ts";

/** What a question can leave open, and consents go by. */
export interface OpenPart {
  readonly kind: "CLIENT" | "ROLE" | "SCOPE";
  readonly name: string;
}

/** One way in which what is left open can be. */
export interface Way {
  /** Empty: one that no consent names. */
  readonly clientId: string;
  readonly roles: readonly string[];
  /** Empty: one that no consent names. */
  readonly scope: string;
  /** What of it consents name. */
  readonly named: readonly OpenPart[];
}

/** Ways that are tried for one question. */
export const MOST_WAYS = 64;

type Named = Pick<ConsentException, "recipients" | "scopes">;
const saidIn = (consents: readonly Consent[]): readonly Named[] =>
  consents.flatMap((consent) => [consent, ...consent.exceptions]);
const each = (names: readonly (string | null)[]): readonly string[] =>
  [...new Set(names)].filter((name) => name !== null).sort();

const part = (kind: OpenPart["kind"], names: readonly string[]): readonly OpenPart[] =>
  names.filter((name) => name !== "").map((name) => ({ kind, name }));

/**
 * All ways in which what a question leaves open can be, as far as these consents tell them apart: roles and scope, and the client where none is
 * said. The first is the one in which no consent names any of it. Pure; at most `MOST_WAYS`, else those alone in which one thing is named.
 */
export function waysOf(
  consents: readonly Consent[],
  clientId: string | null,
): { readonly ways: readonly [Way, ...Way[]]; readonly areAll: boolean } {
  const said = saidIn(consents);
  const recipients = said.flatMap((terms) => terms.recipients ?? []);
  const roleNames = each(recipients.map(({ role }) => role));
  const clients = clientId === null ? ["", ...each(recipients.map((one) => one.clientId))] : [clientId];
  const scopes = ["", ...each(said.flatMap((terms) => terms.scopes ?? []))];
  const roles = [[], ...roleNames.map((name) => [name]), ...(roleNames.length > 1 ? [roleNames] : [])];
  const way = (client: string, held: readonly string[], scope: string): Way => ({
    ...{ clientId: client, roles: held, scope },
    named: [...part("CLIENT", clientId === null ? [client] : []), ...part("ROLE", held), ...part("SCOPE", [scope])],
  });
  const [first = "", ...otherClients] = clients;
  const base = way(first, [], "");
  if (clients.length * roles.length * scopes.length <= MOST_WAYS) {
    const all = clients.flatMap((client) => roles.flatMap((held) => scopes.map((scope) => way(client, held, scope))));
    return { ways: [base, ...all.slice(1)], areAll: true };
  }
  const alone = [
    ...otherClients.map((client) => way(client, [], "")),
    ...roleNames.map((name) => way(first, [name], "")),
    ...scopes.slice(1).map((scope) => way(first, [], scope)),
  ];
  return { ways: [base, ...alone.slice(0, MOST_WAYS - 1)], areAll: false };
}

const isWithin = (some: readonly OpenPart[], all: readonly OpenPart[]): boolean =>
  some.every(({ kind, name }) => all.some((other) => other.kind === kind && other.name === name));

/** Of the ways that come out otherwise than the first, those that name the least: what decides it. */
export function deciding(
  ways: readonly { readonly way: Way; readonly isOtherwise: boolean }[],
): readonly (readonly OpenPart[])[] {
  const otherwise = ways.flatMap(({ isOtherwise, way }) => (isOtherwise ? [way.named] : []));
  return otherwise.filter((named) => !otherwise.some((other) => other.length < named.length && isWithin(other, named)));
}
