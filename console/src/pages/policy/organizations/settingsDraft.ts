import type {
  AlertResponse,
  AlertResponseRule,
  OrganizationSettings,
  Severity,
  Silence,
} from "../../../generated/schema.ts";
import type { NodeOf } from "../../../transport/operation.ts";
import type { OrganizationsResult } from "./organizations.graphql.ts";

export type Organization = NodeOf<OrganizationsResult["organizations"]>;
type Settings = Organization["settings"];

/** Of one way to restrict access: for how long at most, and from when the service does it by itself. Empty: not at all. */
interface ResponseDraft {
  readonly most: string;
  readonly from: string;
  readonly minutes: string;
  /** How often within an hour by itself, which the form does not show, and keeps. */
  readonly mostPerHour: number | null;
}

/** The settings as they are typed: everything is text, and "" is not set. */
export interface Draft {
  readonly silence: readonly { readonly purpose: string; readonly silence: string }[];
  readonly specialProtection: string;
  readonly purposeRequired: string;
  readonly patientScopesReachShared: string;
  readonly part2Program: string;
  readonly accessRequestMaxMinutes: string;
  readonly expireMinutes: string;
  readonly agreedDays: string;
  readonly refusedDays: string;
  readonly roles: string;
  readonly maxMinutes: string;
  readonly reviewWithinHours: string;
  readonly emergencyOverridesRefusal: string;
  /** Whether it sets at all how access may be restricted. */
  readonly responds: string;
  readonly STEP_UP: ResponseDraft;
  readonly SUSPENSION: ResponseDraft;
  readonly retentionYears: string;
  readonly legalHold: string;
}

const text = (value: string | number | null | undefined): string => String(value ?? "");
const yesNo = (value: boolean | null | undefined): string => (value == null ? "" : value ? "yes" : "no");

export function draftOf(of: Settings | undefined): Draft {
  const response = (name: AlertResponse): ResponseDraft => {
    const found = of?.alertResponses?.find((one) => one.response === name);
    return {
      most: text(found?.maxMinutes),
      from: text(found?.automatic?.from),
      minutes: text(found?.automatic?.minutes),
      mostPerHour: found?.automatic?.mostPerHour ?? null,
    };
  };
  return {
    silence: of?.consentOnSilence?.map(({ purpose, silence }) => ({ purpose: text(purpose), silence })) ?? [],
    specialProtection: text(of?.specialProtection),
    purposeRequired: yesNo(of?.purposeRequired),
    patientScopesReachShared: yesNo(of?.patientScopesReachShared),
    part2Program: yesNo(of?.part2Program),
    accessRequestMaxMinutes: text(of?.accessRequestMaxMinutes),
    expireMinutes: text(of?.consentRequests?.expireMinutes),
    agreedDays: text(of?.consentRequests?.agreedDays),
    refusedDays: text(of?.consentRequests?.refusedDays),
    roles: of?.breakGlass?.roles.join(", ") ?? "",
    maxMinutes: text(of?.breakGlass?.maxMinutes),
    reviewWithinHours: text(of?.breakGlass?.reviewWithinHours),
    emergencyOverridesRefusal: yesNo(of?.emergencyOverridesRefusal),
    responds: of?.alertResponses == null ? "" : "yes",
    STEP_UP: response("STEP_UP"),
    SUSPENSION: response("SUSPENSION"),
    retentionYears: text(of?.retentionYears),
    legalHold: yesNo(of?.legalHold),
  };
}

const names = (list: string): readonly string[] =>
  list
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");

/** What of the draft is set. Absent: not set. */
export function settingsOf(draft: Draft): OrganizationSettings {
  const responses = (["STEP_UP", "SUSPENSION"] as const).flatMap((response): readonly AlertResponseRule[] => {
    const { most, from, minutes, mostPerHour } = draft[response];
    if (most === "") return [];
    return [
      {
        response,
        maxMinutes: Number(most),
        ...(from !== "" && { automatic: { from: from as Severity, minutes: Number(minutes || most), mostPerHour } }),
      },
    ];
  });
  const flag = (
    name: "purposeRequired" | "patientScopesReachShared" | "part2Program" | "emergencyOverridesRefusal" | "legalHold",
  ) => draft[name] !== "" && { [name]: draft[name] === "yes" };
  const number = (name: "accessRequestMaxMinutes" | "retentionYears") =>
    draft[name] !== "" && { [name]: Number(draft[name]) };
  const silence = draft.silence.filter((row) => row.silence !== "");
  return {
    ...(silence.length > 0 && {
      consentOnSilence: silence.map(({ purpose, silence }) => ({
        silence: silence as Silence,
        ...(purpose.trim() !== "" && { purpose: purpose.trim() }),
      })),
    }),
    ...(draft.specialProtection !== "" && { specialProtection: draft.specialProtection as "ENFORCED" | "TRUSTED" }),
    ...flag("purposeRequired"),
    ...flag("patientScopesReachShared"),
    ...flag("part2Program"),
    ...number("accessRequestMaxMinutes"),
    ...((draft.expireMinutes || draft.agreedDays || draft.refusedDays) && {
      consentRequests: {
        expireMinutes: Number(draft.expireMinutes),
        agreedDays: Number(draft.agreedDays),
        refusedDays: Number(draft.refusedDays),
      },
    }),
    ...((draft.roles || draft.maxMinutes || draft.reviewWithinHours) && {
      breakGlass: {
        roles: names(draft.roles),
        maxMinutes: Number(draft.maxMinutes),
        reviewWithinHours: Number(draft.reviewWithinHours),
      },
    }),
    ...flag("emergencyOverridesRefusal"),
    ...(draft.responds !== "" && { alertResponses: responses }),
    ...number("retentionYears"),
    ...flag("legalHold"),
  };
}
