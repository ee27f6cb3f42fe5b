import { asNamed, requirePersonOtherThan } from "../../callers/samePerson.ts";
import type { Identity } from "../../callers/types.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { BreakGlassSettings } from "../../policy/types.ts";
import type { EmergencyTerms, KeptBreakGlass } from "./breakGlass.ts";

const forbidden = (message: string): ScopewardenError => new ScopewardenError("FORBIDDEN", message);

/** A caller who holds neither role sees what it opened itself. */
export const seesAll = ({ roles }: Identity): boolean => roles.has("reviewer") || roles.has("auditor");

export const isOpener = ({ id }: Identity, { openedBy }: KeptBreakGlass): boolean => openedBy.callerId === id;

/** Who says whose it is: else nobody could be somebody else to review it. @throws ScopewardenError FORBIDDEN */
export function requireMayOpen({ subject }: Identity): void {
  if (subject === null)
    throw forbidden(
      "Nobody could review it: this caller does not say whose it is, so that it may be anybody. Use a key or token that does.",
    );
}

/** The subject holds, where the emergency is, a role that may. @throws ScopewardenError FORBIDDEN */
export function requireRole(
  { organization, subject }: EmergencyTerms,
  settings: BreakGlassSettings | null,
  held: { has(role: string): boolean },
): asserts settings is BreakGlassSettings {
  if (settings === null)
    throw forbidden(`Nobody may break glass in ${organization}: its setting breakGlass names no roles.`);
  if (settings.roles.some((role) => held.has(role))) return;
  const roles = settings.roles.join(" or ");
  throw forbidden(`In ${organization} glass is broken by ${roles}; ${subject.id} holds no such role there.`);
}

/** Somebody else than who opened it and than for whom it was, as far as anybody can tell. @throws ScopewardenError FORBIDDEN */
export function requireSomebodyElse(caller: Identity, { openedBy, subject }: KeptBreakGlass): void {
  requirePersonOtherThan(
    caller,
    [openedBy, asNamed(subject)],
    "An emergency is reviewed by somebody else than who opened it and for whom it was",
  );
}
