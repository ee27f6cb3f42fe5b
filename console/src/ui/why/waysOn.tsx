import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { ReasonCode } from "../../generated/schema.ts";
import { useMay } from "../../session/useSession.ts";
import { useMayChange } from "../propose/ChangeForm.tsx";

interface About {
  readonly clientId: string;
  /** What the reason names, where it is known. */
  readonly scope?: string | null;
  readonly ruleId?: string | null;
}

interface WayOn {
  /** Who or what has to change. */
  readonly says: string;
  /** Where whoever may change the policy does it. */
  readonly to?: (about: About) => { readonly to: string; readonly search?: object; readonly words: string };
}

const grant: WayOn["to"] = ({ clientId }) => ({
  to: "/clients",
  search: { id: clientId, grant: "1" },
  words: "Grant the client a scope",
});
/** The scope that is missing is filled in. */
const grantIt: WayOn["to"] = ({ clientId, scope }) => ({
  to: "/clients",
  search: { id: clientId, grant: scope ?? "1" },
  words: scope == null ? "Grant the client a scope" : `Grant the client ${scope}`,
});
const scopeOf: WayOn["to"] = ({ scope }) => ({
  to: "/scopes",
  search: scope == null ? {} : { id: scope },
  words: scope == null ? "Scopes" : `The scope ${scope}`,
});
const PATIENT: WayOn = {
  says: "What patients agreed to or refused decides this. It changes where they say so, at the consent desk.",
};

/** What can be done about a denial, by the reason that decided it. */
const WAYS_ON: Readonly<Partial<Record<ReasonCode, WayOn>>> = {
  UNKNOWN_CLIENT: {
    says: "The application is not registered.",
    to: () => ({ to: "/clients", search: { new: "1" }, words: "Register it" }),
  },
  CLIENT_SUSPENDED: {
    says: "The client is blocked, whatever it asks.",
    to: ({ clientId }) => ({ to: "/clients", search: { id: clientId }, words: "Let it ask again" }),
  },
  SUSPENDED_FOR_REVIEW: {
    says: "A restriction is in force. It ends by itself, or a reviewer lifts it.",
    to: () => ({ to: "/restrictions", words: "Restrictions" }),
  },
  FACTS_DISAGREE: {
    says: "The request contradicts the directory: the application has to send what is so, or the directory be corrected.",
  },
  PURPOSE_REQUIRED: {
    says: "The application has to declare a purpose, as the organization asks for one.",
    to: () => ({ to: "/organizations", words: "Settings of organizations" }),
  },
  NO_SCOPES: { says: "The application presented no scope: it has to ask for a token that carries one." },
  UNKNOWN_SCOPE: {
    says: "The application presents a scope that is not registered.",
    to: () => ({ to: "/scopes", search: { new: "1" }, words: "Register a scope" }),
  },
  SCOPE_NOT_ACTIVE: { says: "The scope is a draft: it has to be put in force.", to: scopeOf },
  SCOPE_RETIRED: { says: "The scope has ended: another takes its place.", to: scopeOf },
  SCOPE_NOT_GRANTED: { says: "The client presents a scope that it is not granted.", to: grantIt },
  SCOPE_DOES_NOT_COVER: { says: "None of the client's scopes permits this.", to: grant },
  NO_MATCHING_RULE: {
    says: "Whoever asked holds no role by which a rule allows it, or its condition does not hold.",
    to: () => ({ to: "/roles", words: "Give somebody a role, or change a rule" }),
  },
  DENIED_BY_RULE: {
    says: "A rule forbids it.",
    to: ({ ruleId }) => ({
      to: "/roles",
      search: ruleId == null ? { show: "rules", effect: "DENY" } : { rule: ruleId },
      words: ruleId == null ? "Rules that forbid" : `The rule ${ruleId}`,
    }),
  },
  CONSENT_REQUIRED: PATIENT,
  CONSENT_REFUSED: PATIENT,
  CONSENT_WITHDRAWN: PATIENT,
  CONSENT_EXPIRED: PATIENT,
  CONSENT_OTHER_PURPOSE: PATIENT,
  CONSENT_OTHER_RECIPIENT: PATIENT,
  CONSENT_DATA_EXCEPTED: PATIENT,
  BREAK_GLASS_REQUIRED: {
    says: "It takes an emergency that is open for this person, patient and organization.",
  },
};

export const hasWayOn = (code: ReasonCode): boolean => code in WAYS_ON;

/** What can be done about a denial: in words, and for whoever may do it the way there. */
export function WayOn({ code, ...about }: About & { readonly code: ReasonCode }): ReactNode {
  const mayChange = useMayChange();
  const may = useMay();
  const way = WAYS_ON[code];
  if (way === undefined) return null;
  const target = way.to?.(about);
  const goes = target !== undefined && (target.to === "/restrictions" ? may("restrictions") : mayChange);
  return (
    <p>
      {way.says}{" "}
      {goes && (
        <Link to={target.to} search={(target.search ?? {}) as never}>
          {target.words}
        </Link>
      )}
    </p>
  );
}
