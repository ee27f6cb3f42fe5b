import { Memo } from "../kernel/memo.ts";
import { clipped } from "../kernel/text.ts";
import { nearest } from "../scopes/nearest.ts";
import { explainSmartScope, looksLikeSmart } from "../scopes/smart.ts";
import { type DecideFacts, fhirVersionOf } from "./facts.ts";
import { grantedScopes, withMissing } from "./holds/grants.ts";
import { type Reason, reason } from "./reason.ts";
import { TEXT_KEPT } from "./reasonBounds.ts";

/** Scopes of the client that a name is compared with, and reasons of one decision that get a suggestion. */
const COMPARED = 128;
const SUGGESTED = 3;
/** Reasons of one decision that say what is wrong with the syntax. */
const EXPLAINED = 8;

/** What was found for a client's grants, which a policy change replaces. */
const remembered = new WeakMap<object, { readonly names: readonly string[]; readonly found: Memo<string | null> }>();

function meantBy(facts: DecideFacts, clientId: string, name: string): string | null {
  const grants = facts.snapshot.grants.get(clientId);
  if (grants === undefined) return null;
  let known = remembered.get(grants);
  if (known === undefined) {
    known = { names: [...grants.keys()].sort().slice(0, COMPARED), found: new Memo(256) };
    remembered.set(grants, known);
  }
  let found = known.found.get(name);
  if (found === undefined) {
    found = nearest(name, known.names);
    known.found.set(name, found);
  }
  return found !== null && grantedScopes(facts, clientId).includes(found) ? found : null;
}

/** What is wrong with a text that looks like a SMART scope, or null. */
function syntaxOf(facts: DecideFacts, name: string): string | null {
  const explained = looksLikeSmart(name) ? explainSmartScope(name, fhirVersionOf(facts)) : null;
  return explained === null || explained.ok ? null : clipped(explained.message, TEXT_KEPT);
}

/**
 * Adds to the first reasons of a decision about a name that no scope has what is wrong with it, or what it was probably to be: to look for that costs
 * more than to decide. Only the client's own grants are compared: whoever may ask about the client may see these anyway, and learns no other name of the
 * policy.
 */
export function meantScopes(facts: DecideFacts, clientId: string): (each: Reason) => Reason {
  let left = SUGGESTED;
  let explained = EXPLAINED;
  return (each) => {
    const { code, scope } = each;
    if (code !== "UNKNOWN_SCOPE" || scope === null || each.parameters !== undefined) return each;
    const syntax = explained > 0 ? syntaxOf(facts, scope) : null;
    if (syntax !== null) {
      explained--;
      return reason("UNKNOWN_SCOPE", { parameters: { syntax }, scope });
    }
    if (left === 0) return each;
    left--;
    const meant = meantBy(facts, clientId, scope);
    return meant === null ? each : reason("UNKNOWN_SCOPE", { parameters: { meant }, scope });
  };
}

/**
 * Adds to the reasons that an access keeps what costs too much to look for of all: what a name was probably to be, and what
 * of a scope no grant has.
 */
export function finishReasons(facts: DecideFacts, clientId: string): (each: Reason) => Reason {
  const meant = meantScopes(facts, clientId);
  return (each) => (each.code === "SCOPE_NOT_GRANTED" ? withMissing(facts, clientId, each) : meant(each));
}
