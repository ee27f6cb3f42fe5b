import type { Check } from "../../kernel/reader.ts";
import { identifierProblem, seenTextProblem, textProblem } from "../../kernel/text.ts";
import { isPurpose, meantPurpose } from "../../scopes/purposes.ts";
import type { OrganizationRef, PutMode, PutOrganization, UpdateOrganization } from "../operations.ts";
import { keptResponses, SETTING_NAMES } from "../organizations.ts";
import {
  ALL_ORGANIZATIONS,
  type AlertResponse,
  type AlertResponseRule,
  type BreakGlassSettings,
  type Organization,
  type SilenceRule,
} from "../types.ts";
import { readContent, type Write } from "./content.ts";
import type { Draft } from "./draft.ts";

/** Whole numbers, each with what it counts. A year of minutes is no access for a while any more. */
const BOUNDS = {
  accessRequestMaxMinutes: [1, 366 * 24 * 60],
  retentionYears: [1, 200],
  maxMinutes: [1, 7 * 24 * 60],
  reviewWithinHours: [1, 366 * 24],
  expireMinutes: [1, 24 * 60],
  mostPerHour: [1, 100],
  agreedDays: [1, 3650],
  refusedDays: [1, 3650],
} as const;

/** What is documented is kept for so long: shorter only where somebody says why. */
const LEAST_YEARS = 6;

function whole(name: keyof typeof BOUNDS, value: number): string | null {
  const [min, max] = BOUNDS[name];
  return Number.isInteger(value) && value >= min && value <= max
    ? null
    : `must be a whole number from ${min} to ${max}`;
}

const purposeProblem: Check = (code) => {
  if (isPurpose(code)) return null;
  const meant = meantPurpose(code);
  return `is no code of HL7 v3 PurposeOfUse${meant === null ? "" : `; did you mean ${meant}?`}`;
};

/** The longest that an alert may restrict access: a suspension keeps people from care. */
const MOST_MINUTES = { STEP_UP: 24 * 60, SUSPENSION: 60 } as const satisfies Record<AlertResponse, number>;

function checkResponses(draft: Draft, rules: readonly AlertResponseRule[], path: string): void {
  for (const [i, { automatic, maxMinutes, response }] of rules.entries()) {
    const max = MOST_MINUTES[response];
    if (!Number.isInteger(maxMinutes) || maxMinutes < 1 || maxMinutes > max)
      draft.problem(`${path}[${i}].maxMinutes`, `must be a whole number from 1 to ${max} for ${response}`);
    if (rules.findIndex((rule) => rule.response === response) < i)
      draft.problem(`${path}[${i}].response`, `says again what holds for ${response}`);
    if (automatic) checkAutomatic(draft, { automatic, maxMinutes, response }, `${path}[${i}].automatic`);
  }
}

function checkAutomatic(
  draft: Draft,
  { automatic, maxMinutes, response }: Required<AlertResponseRule>,
  path: string,
): void {
  if (automatic === null) return;
  const { from, minutes, mostPerHour } = automatic;
  if (response === "SUSPENSION" && from !== "HIGH")
    draft.problem(`${path}.from`, "must be HIGH for SUSPENSION: nothing less suspends anybody");
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > maxMinutes)
    draft.problem(`${path}.minutes`, `must be a whole number from 1 to ${maxMinutes}, which is maxMinutes`);
  if (mostPerHour !== null) draft.expect(`${path}.mostPerHour`, whole("mostPerHour", mostPerHour));
}

/** What silence means must be said for every purpose, or a purpose that was forgotten would be permitted. */
function checkSilence(draft: Draft, rules: readonly SilenceRule[], path: string): void {
  for (const [i, { purpose }] of rules.entries()) {
    if (purpose !== null) draft.expect(`${path}[${i}].purpose`, purposeProblem(purpose));
    if (rules.findIndex((rule) => rule.purpose === purpose) < i)
      draft.problem(`${path}[${i}]`, `says again what silence means for ${purpose ?? "all other purposes"}`);
  }
  if (!rules.some(({ purpose }) => purpose === null))
    draft.problem(path, "must have one rule without a purpose: what silence means for all others");
}

function checkBreakGlass(draft: Draft, { roles, maxMinutes, reviewWithinHours }: BreakGlassSettings, path: string) {
  if (roles.length === 0) draft.problem(`${path}.roles`, "must name at least one role; clear BREAK_GLASS for nobody");
  draft.expect(`${path}.maxMinutes`, whole("maxMinutes", maxMinutes));
  draft.expect(`${path}.reviewWithinHours`, whole("reviewWithinHours", reviewWithinHours));
}

/** The settings in one form, whatever way they were written. */
function settingsSaid({ alertResponses, consentOnSilence, breakGlass, ...others }: PutOrganization["settings"]) {
  return {
    ...others,
    alertResponses: alertResponses && keptResponses(alertResponses),
    consentOnSilence: consentOnSilence?.map(({ purpose, silence }) => ({ purpose: purpose ?? null, silence })),
    breakGlass: breakGlass && { ...breakGlass, roles: [...new Set(breakGlass.roles)].sort() },
  };
}

const NAMES = Object.fromEntries(SETTING_NAMES.map((name) => [name, `settings.${name}`]));

function write(draft: Draft, input: PutOrganization | UpdateOrganization, { path, update }: Write): void {
  const { id, settings, ...said } = input;
  const problems = draft.problems.length;
  if (id !== ALL_ORGANIZATIONS) draft.expect(`${path}.id`, identifierProblem(id));
  if (settings === null) draft.problem(`${path}.settings`, "must not be null; leave it out to keep them as they are");
  const before = draft.snapshot.organizations.get(id) ?? null;
  const content = readContent(draft, "organization", {
    input: { ...said, ...settingsSaid(settings ?? {}) },
    before,
    update,
    path,
    what: `organization ${id}`,
    names: NAMES,
  });
  if (content === null) return;
  const { name, justification, consentOnSilence, consentRequests, breakGlass, alertResponses } = content;
  draft.expect(`${path}.name`, name?.trim() === "" ? "must not be empty" : seenTextProblem(name ?? "", 256));
  draft.expect(`${path}.justification`, textProblem(justification ?? "", 2000));
  const at = `${path}.settings`;
  if (consentOnSilence !== null) checkSilence(draft, consentOnSilence, `${at}.consentOnSilence`);
  if (consentRequests !== null)
    for (const of of ["expireMinutes", "agreedDays", "refusedDays"] as const)
      draft.expect(`${at}.consentRequests.${of}`, whole(of, consentRequests[of]));
  if (breakGlass !== null) checkBreakGlass(draft, breakGlass, `${at}.breakGlass`);
  if (alertResponses !== null) checkResponses(draft, alertResponses, `${at}.alertResponses`);
  for (const of of ["accessRequestMaxMinutes", "retentionYears"] as const)
    if (content[of] !== null) draft.expect(`${at}.${of}`, whole(of, content[of]));
  // One that was kept was given for what was set then, and not for this.
  const isTrustNew = content.specialProtection === "TRUSTED" && before?.specialProtection !== "TRUSTED";
  if (
    content.specialProtection === "TRUSTED" &&
    ((isTrustNew ? said.justification : justification) ?? "").trim() === ""
  )
    draft.problem(
      `${at}.specialProtection`,
      "TRUSTED needs a `justification`, which is kept: how it is known that the data is labelled, or holds nothing specially protected",
    );
  const years = content.retentionYears ?? LEAST_YEARS;
  // One that was kept was given for what was set then, and not for less.
  const isLess = years < (before?.retentionYears ?? LEAST_YEARS);
  const why = (isLess ? said.justification : justification) ?? "";
  if (years >= BOUNDS.retentionYears[0] && years < LEAST_YEARS && why.trim() === "")
    draft.problem(
      `${at}.retentionYears`,
      `must be at least ${LEAST_YEARS}, as 45 CFR 164.316(b)(2)(i) asks; for less say in \`justification\` why, which is kept`,
    );
  if (draft.problems.length === problems) draft.put("organization", { id, ...content } satisfies Organization, path);
}

export function putOrganization(draft: Draft, input: PutOrganization, path: string, mode: PutMode): void {
  const exists = draft.snapshot.organizations.has(input.id);
  if (draft.expectMode(mode, exists, `${path}.id`, `organization ${input.id}`))
    write(draft, input, { path, update: false });
}

export function updateOrganization(draft: Draft, input: UpdateOrganization, path: string): void {
  const exists = draft.snapshot.organizations.has(input.id);
  if (draft.expectThere(exists, `${path}.id`, `organization ${input.id}`)) write(draft, input, { path, update: true });
}

export function deleteOrganization(draft: Draft, { id }: OrganizationRef, path: string): void {
  if (!draft.snapshot.organizations.has(id)) draft.problem(`${path}.id`, `there are no settings of organization ${id}`);
  draft.remove("organization", id, path);
}
