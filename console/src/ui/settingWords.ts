import type { AlertResponse, Silence } from "../generated/schema.ts";
import { purposeText } from "./codeWords.ts";
import { count, words } from "./words.ts";

/** The settings of an organization, as the service answers them and as they stand in a change. */
export interface Settings {
  readonly consentOnSilence: readonly { readonly purpose: string | null; readonly silence: Silence }[] | null;
  readonly specialProtection: "ENFORCED" | "TRUSTED" | null;
  readonly purposeRequired: boolean | null;
  readonly patientScopesReachShared: boolean | null;
  readonly part2Program: boolean | null;
  readonly accessRequestMaxMinutes: number | null;
  readonly consentRequests: {
    readonly expireMinutes: number;
    readonly agreedDays: number;
    readonly refusedDays: number;
  } | null;
  readonly breakGlass: {
    readonly roles: readonly string[];
    readonly maxMinutes: number;
    readonly reviewWithinHours: number;
  } | null;
  readonly emergencyOverridesRefusal: boolean | null;
  readonly alertResponses:
    | readonly {
        readonly response: AlertResponse;
        readonly maxMinutes: number;
        readonly automatic: { readonly from: string; readonly minutes: number } | null;
      }[]
    | null;
  readonly retentionYears: number | null;
  readonly legalHold: boolean | null;
}
export type SettingName = keyof Settings;

export const SILENCE_WORDS: Readonly<Record<Silence, string>> = {
  DENY: "no",
  BREAK_GLASS_ONLY: "no, but in an emergency",
  PERMIT_TREATMENT: "yes, for treatment",
  PERMIT_TPO: "yes, for treatment, payment and operations",
  PERMIT: "yes; consent is asked for only where a scope asks for it",
};

export const RESPONSE_WORDS: Readonly<Record<AlertResponse, string>> = {
  STEP_UP: "ask people to prove anew who they are",
  SUSPENSION: "deny everything",
};

const yes = (value: boolean | null): string | null => (value === null ? null : value ? "yes" : "no");

/** A minute, 90 minutes, 4 hours. */
const minutes = (n: number): string =>
  n % 1440 === 0 ? count(n / 1440, "day") : n % 60 === 0 ? count(n / 60, "hour") : count(n, "minute");

interface Setting {
  readonly label: string;
  /** What holds where neither the organization nor `*` sets it. */
  readonly unset: string;
  /** As it is set; null: it is not set here. */
  readonly say: (settings: Settings) => string | null;
}

/** Every setting in words, in the order in which people ask for them. */
export const SETTINGS: Readonly<Record<SettingName, Setting>> = {
  consentOnSilence: {
    label: "A patient who said nothing agrees",
    unset: SILENCE_WORDS.PERMIT,
    say: ({ consentOnSilence }) =>
      consentOnSilence
        ?.map(
          ({ purpose, silence }) =>
            `${purpose === null ? (consentOnSilence.length > 1 ? "else " : "") : `for ${purposeText(purpose) ?? purpose}: `}${SILENCE_WORDS[silence]}`,
        )
        .join("; ") ?? null,
  },
  specialProtection: {
    label: "What the law specially protects",
    unset: "is withheld where labels do not show it",
    say: ({ specialProtection }) =>
      specialProtection === null
        ? null
        : specialProtection === "TRUSTED"
          ? "is told by labels, which are trusted"
          : "is withheld where labels do not show it",
  },
  purposeRequired: {
    label: "Each access must say its purpose",
    unset: "no",
    say: ({ purposeRequired }) => yes(purposeRequired),
  },
  patientScopesReachShared: {
    label: "patient/ scopes reach what belongs to no patient",
    unset: "no",
    say: ({ patientScopesReachShared }) => yes(patientScopesReachShared),
  },
  part2Program: {
    label: "Program of 42 CFR Part 2, which writes its own records without consent",
    unset: "no",
    say: ({ part2Program }) => yes(part2Program),
  },
  accessRequestMaxMinutes: {
    label: "Access may be requested for",
    unset: "no time: it can't be requested",
    say: ({ accessRequestMaxMinutes: most }) => (most === null ? null : `${minutes(most)} at most`),
  },
  consentRequests: {
    label: "Consent requests",
    unset: "wait 30 minutes; a yes holds 365 days, a no 90 days",
    say: ({ consentRequests: of }) =>
      of &&
      `wait ${minutes(of.expireMinutes)}; a yes holds ${count(of.agreedDays, "day")}, a no ${count(of.refusedDays, "day")}`,
  },
  breakGlass: {
    label: "Emergency access",
    unset: "nobody may open it",
    say: ({ breakGlass: of }) =>
      of &&
      `by ${of.roles.join(", ")}, for ${minutes(of.maxMinutes)} at most, reviewed within ${count(of.reviewWithinHours, "hour")}`,
  },
  emergencyOverridesRefusal: {
    label: "An emergency overrides a patient's refusal",
    unset: "no",
    say: ({ emergencyOverridesRefusal }) => yes(emergencyOverridesRefusal),
  },
  alertResponses: {
    label: "Because of an alert one may",
    unset: "restrict nothing",
    say: ({ alertResponses }) =>
      alertResponses &&
      (alertResponses
        .map(
          ({ response, maxMinutes, automatic }) =>
            `${RESPONSE_WORDS[response]}, for ${minutes(maxMinutes)} at most${automatic === null ? "" : `; the service does by itself from ${words(automatic.from).toLowerCase()} on, for ${minutes(automatic.minutes)}`}`,
        )
        .join("; ") ||
        "restrict nothing"),
  },
  retentionYears: {
    label: "What identifies people is kept",
    unset: "6 years",
    say: ({ retentionYears }) => (retentionYears === null ? null : count(retentionYears, "year")),
  },
  legalHold: { label: "Nothing is erased for now", unset: "no", say: ({ legalHold }) => yes(legalHold) },
};

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];
