import { sameJson } from "../kernel/canonical.ts";
import { isKnownPurpose, type Purpose, purposeOf } from "../scopes/purposes.ts";
import type { Snapshot } from "./snapshot.ts";
import {
  ALERT_RESPONSES,
  ALL_ORGANIZATIONS,
  type AlertResponse,
  type AlertResponseRule,
  type AutomaticResponse,
  type BreakGlassSettings,
  type ConsentRequestSettings,
  type Organization,
  type RowChange,
  SEVERITIES,
  SILENCES,
  type Silence,
  type SilenceRule,
  SPECIAL_PROTECTIONS,
  type SpecialProtection,
} from "./types.ts";

/** The members of an organization that are settings. */
export type SettingName = Exclude<keyof Organization, "id" | "name" | "justification">;
type Settings = Pick<Organization, SettingName>;

/** What holds in an organization, every member filled in. */
export interface OrganizationSettings {
  /** With one rule without a purpose, for all purposes that no other names. */
  readonly consentOnSilence: readonly SilenceRule[];
  readonly specialProtection: SpecialProtection;
  /** Whether an access must declare its purpose of use. */
  readonly purposeRequired: boolean;
  readonly patientScopesReachShared: boolean;
  /** Whether it is a program of 42 CFR Part 2, which writes its own records without consent. */
  readonly part2Program: boolean;
  /** 0: access can't be requested. */
  readonly accessRequestMaxMinutes: number;
  readonly consentRequests: ConsentRequestSettings;
  /** Null: nobody may. */
  readonly breakGlass: BreakGlassSettings | null;
  readonly emergencyOverridesRefusal: boolean;
  /** Empty: no alert restricts anything. */
  readonly alertResponses: readonly AlertResponseRule[];
  readonly retentionYears: number;
  readonly legalHold: boolean;
}

/** What holds where neither the organization nor `*` says it: the strictest, but that silence permits and no purpose must be declared. */
const UNSET: { readonly [S in SettingName]: OrganizationSettings[S] } = {
  consentOnSilence: [{ purpose: null, silence: "PERMIT" }],
  specialProtection: "ENFORCED",
  purposeRequired: false,
  patientScopesReachShared: false,
  part2Program: false,
  accessRequestMaxMinutes: 0,
  consentRequests: { expireMinutes: 30, agreedDays: 365, refusedDays: 90 },
  breakGlass: null,
  emergencyOverridesRefusal: false,
  alertResponses: [],
  // 45 CFR 164.316(b)(2)(i).
  retentionYears: 6,
  legalHold: false,
};
/** All settings, in the order in which they are told. */
export const SETTING_NAMES = Object.keys(UNSET) as readonly SettingName[];

function filled(own: Settings | undefined | null, all: Settings | undefined | null): OrganizationSettings {
  const of = <S extends SettingName>(name: S): OrganizationSettings[S] =>
    (own?.[name] ?? all?.[name] ?? UNSET[name]) as OrganizationSettings[S];
  return {
    consentOnSilence: of("consentOnSilence"),
    specialProtection: of("specialProtection"),
    purposeRequired: of("purposeRequired"),
    patientScopesReachShared: of("patientScopesReachShared"),
    part2Program: of("part2Program"),
    accessRequestMaxMinutes: of("accessRequestMaxMinutes"),
    consentRequests: of("consentRequests"),
    breakGlass: of("breakGlass"),
    emergencyOverridesRefusal: of("emergencyOverridesRefusal"),
    alertResponses: of("alertResponses"),
    retentionYears: of("retentionYears"),
    legalHold: of("legalHold"),
  };
}

/**
 * The settings that hold in an organization: its own, else those of `*`, else the default, member by member. For null, what
 * belongs to no organization, those of `*`.
 */
export function settingsOf({ organizations }: Snapshot, organization: string | null): OrganizationSettings {
  const own = organization === null ? undefined : organizations.get(organization);
  return filled(own, organizations.get(ALL_ORGANIZATIONS));
}

/** Which of two entries says how alerts may restrict access in an organization: its own, else that of `*`; null: neither. */
export function respondingEntry(
  organizations: Pick<ReadonlyMap<string, Organization>, "get">,
  organization: string | null,
): Organization | null {
  const own = organization === null ? undefined : organizations.get(organization);
  return [own, organizations.get(ALL_ORGANIZATIONS)].find((each) => each && each.alertResponses !== null) ?? null;
}

/** The same rules in the one form in which they are kept, whatever way they were written. */
export const keptResponses = (rules: readonly AlertResponseRule[]): readonly AlertResponseRule[] =>
  [...rules]
    .sort((a, b) => ALERT_RESPONSES.indexOf(a.response) - ALERT_RESPONSES.indexOf(b.response))
    .map(({ automatic, ...rule }) =>
      automatic ? { ...rule, automatic: { ...automatic, mostPerHour: automatic.mostPerHour ?? null } } : rule,
    );

const responding = new WeakMap<Snapshot["organizations"], ReadonlyMap<AlertResponse, number>>();

/** For how many minutes at most the policy lets alerts restrict access anywhere, by the way in which; none that it lets nowhere. */
export function longestResponses({
  organizations,
}: Pick<Snapshot, "organizations">): ReadonlyMap<AlertResponse, number> {
  const known = responding.get(organizations);
  if (known !== undefined) return known;
  const longest = new Map<AlertResponse, number>();
  for (const { alertResponses } of organizations.values())
    for (const { maxMinutes, response } of alertResponses ?? [])
      longest.set(response, Math.max(maxMinutes, longest.get(response) ?? 0));
  responding.set(organizations, longest);
  return longest;
}

const strictest = (rules: readonly SilenceRule[]): Silence =>
  SILENCES.find((silence) => rules.some((rule) => rule.silence === silence)) ?? "DENY";

/** What silence means for a purpose; null: for what names none. For one of which it is not known what it means, the strictest of all. */
export function silenceFor(rules: readonly SilenceRule[], purpose: Purpose | null): Silence {
  if (purpose !== null && !isKnownPurpose(purpose)) return strictest(rules);
  const named = rules.find((rule) => rule.purpose === purpose) ?? rules.find((rule) => rule.purpose === null);
  return named?.silence ?? "DENY";
}

function isSilenceLooser(from: readonly SilenceRule[], to: readonly SilenceRule[]): boolean {
  const rank = (rules: readonly SilenceRule[], purpose: string | null): number =>
    SILENCES.indexOf(silenceFor(rules, purpose === null ? null : purposeOf(purpose)));
  return [...from, ...to].some(({ purpose }) => rank(to, purpose) > rank(from, purpose));
}

function isBreakGlassLooser(from: BreakGlassSettings | null, to: BreakGlassSettings | null): boolean {
  if (to === null || sameJson({ ...from }, { ...to })) return false;
  return (
    from === null ||
    to.roles.some((role) => !from.roles.includes(role)) ||
    to.maxMinutes > from.maxMinutes ||
    to.reviewWithinHours > from.reviewWithinHours
  );
}

/** An answer holds for longer, or who said no is asked again sooner. */
const isAskingLooser = (from: ConsentRequestSettings, to: ConsentRequestSettings): boolean =>
  to.agreedDays > from.agreedDays || to.refusedDays < from.refusedDays;

/** For how many minutes at most an alert may restrict access in this way; 0: not at all. */
export const minutesOf = (
  { alertResponses }: Pick<OrganizationSettings, "alertResponses">,
  of: AlertResponse,
): number => alertResponses.find(({ response }) => response === of)?.maxMinutes ?? 0;

/** So often within an hour the service imposes one kind of restriction by itself, unless the policy says another number. */
export const MOST_PER_HOUR = 5;

/** Less is restricted by the service itself. */
function isAutomaticLooser(from: AutomaticResponse | null, to: AutomaticResponse | null): boolean {
  if (from === null) return false;
  if (to === null) return true;
  return (
    SEVERITIES.indexOf(to.from) > SEVERITIES.indexOf(from.from) ||
    to.minutes < from.minutes ||
    (to.mostPerHour ?? MOST_PER_HOUR) < (from.mostPerHour ?? MOST_PER_HOUR)
  );
}

/** A restriction that is in force ends, or ends sooner; or the service imposes fewer, or shorter ones. */
const isRespondingLooser = (from: readonly AlertResponseRule[], to: readonly AlertResponseRule[]): boolean =>
  ALERT_RESPONSES.some((of) => {
    const automatic = (rules: readonly AlertResponseRule[]) =>
      rules.find(({ response }) => response === of)?.automatic ?? null;
    return (
      minutesOf({ alertResponses: to }, of) < minutesOf({ alertResponses: from }, of) ||
      isAutomaticLooser(automatic(from), automatic(to))
    );
  });

/** Of each setting, whether one value may allow more than another; or takes more from the record, which nothing brings back. */
const LOOSER: {
  readonly [S in SettingName]: readonly [
    isLooser: (from: OrganizationSettings[S], to: OrganizationSettings[S]) => boolean,
    looser: string,
    /** The opposite. */
    stricter: string,
  ];
} = {
  consentOnSilence: [isSilenceLooser, "takes silence for more consent", "takes silence for less consent"],
  specialProtection: [
    (from, to) => SPECIAL_PROTECTIONS.indexOf(to) > SPECIAL_PROTECTIONS.indexOf(from),
    "lets data without labels leave as if it held nothing specially protected",
    "withholds from data without labels what is specially protected",
  ],
  purposeRequired: [
    (from, to) => from && !to,
    "lets access be asked for without a purpose of use",
    "denies access that is asked for without a purpose of use",
  ],
  patientScopesReachShared: [
    (from, to) => to && !from,
    "lets patient scopes read what belongs to no patient",
    "no longer lets patient scopes read what belongs to no patient",
  ],
  part2Program: [
    (from, to) => to && !from,
    "lets those who belong to it write its own records without consent",
    "no longer lets those who belong to it write its own records without consent",
  ],
  accessRequestMaxMinutes: [
    (from, to) => to > from,
    "lets access be requested for longer",
    "lets access be requested for less time",
  ],
  consentRequests: [
    isAskingLooser,
    "lets what patients agree to hold for longer, or asks again sooner what they refused",
    "lets what patients agree to hold for less time, or asks again later what they refused",
  ],
  breakGlass: [
    isBreakGlassLooser,
    "lets glass be broken by more roles, for longer or with a later review",
    "lets glass be broken by fewer roles, for less time or with a sooner review",
  ],
  emergencyOverridesRefusal: [
    (from, to) => to && !from,
    "lets an emergency override a refusal",
    "no longer lets an emergency override a refusal",
  ],
  alertResponses: [
    isRespondingLooser,
    "lets alerts restrict access for less time, in fewer cases, or not at all",
    "lets alerts restrict access for longer, or in more cases",
  ],
  retentionYears: [
    (from, to) => to < from,
    "lets what identifies people be erased from the record sooner",
    "keeps what identifies people on record for longer",
  ],
  legalHold: [
    (from, to) => from && !to,
    "lets what identifies people be erased from the record again",
    "keeps what identifies people on record under a legal hold",
  ],
};

/**
 * What a change of an organization's settings may allow, by what holds there before and after: one that sets nothing of its
 * own any more falls back to `*`. Of those that set nothing the change of `*` tells.
 */
export const loosened = (...of: Parameters<typeof loosenedSettings>): readonly string[] =>
  loosenedSettings(...of).map(({ looser }) => looser);

/** The same, with what is said of the opposite change. */
export function loosenedSettings(
  row: { readonly before: Organization | null; readonly after: Organization | null },
  policy: { readonly snapshot: Snapshot; readonly changes: readonly RowChange[] },
): readonly { readonly setting: SettingName; readonly looser: string; readonly stricter: string }[] {
  const was = policy.snapshot.organizations.get(ALL_ORGANIZATIONS);
  const change = policy.changes.find(({ noun, key }) => noun === "organization" && key === ALL_ORGANIZATIONS);
  const is = change === undefined ? was : (change.after as Organization | null);
  const [from, to] = [filled(row.before, was), filled(row.after, is)];
  return SETTING_NAMES.flatMap((name) => {
    const [isLooser, looser, stricter] = LOOSER[name] as (typeof LOOSER)[SettingName] as readonly [
      (from: unknown, to: unknown) => boolean,
      string,
      string,
    ];
    return isLooser(from[name], to[name]) ? [{ setting: name, looser, stricter }] : [];
  });
}
