import { type Json, sameJson } from "../domain/kernel/canonical.ts";
import { type MemberOf, membersOf } from "../domain/policy/members.ts";
import { MOST_PER_HOUR } from "../domain/policy/organizations.ts";
import {
  ALL_ORGANIZATIONS,
  type AlertResponseRule,
  holderText,
  type Noun,
  type PolicyRows,
  type RowChange,
} from "../domain/policy/types.ts";
import { printAtom } from "../domain/scopes/atom.ts";

/**
 * What is told of a member: its label, "" where the text speaks for itself, and its text; null for nothing. A long one is told
 * whole only where somebody approves by it.
 */
type Fact<Row> = readonly [label: string, text: (row: Row) => string | null, long?: "WHOLE"];

/** What is told of a row: its name, made of its key, and a fact for every other member, or it would be lost to history. */
type Words<N extends Noun> = {
  readonly began: string;
  readonly ended: string;
  readonly title: (row: PolicyRows[N]) => string;
  readonly facts: { readonly [M in MemberOf<N, "content" | "life" | "noted">]: Fact<PolicyRows[N]> };
};

const timeText = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
const flagText = (value: boolean | null): string | null => (value === null ? null : value ? "yes" : "no");
const countText = (value: number | null): string | null => (value === null ? null : String(value));
const listText = (items: readonly string[]): string | null => (items.length === 0 ? null : items.join(", "));
const described: Fact<{ readonly description: string | null }> = ["description", (row) => row.description];
const responseText = ({ automatic, maxMinutes, response }: AlertResponseRule): string => {
  const most = `${response} up to ${maxMinutes} minutes`;
  if (!automatic) return most;
  return `${most} (by itself ${automatic.minutes} from ${automatic.from}, ${automatic.mostPerHour ?? MOST_PER_HOUR} an hour)`;
};
const period = {
  validFrom: ["from", (row: { readonly validFrom: number | null }) => timeText(row.validFrom)],
  validUntil: ["until", (row: { readonly validUntil: number | null }) => timeText(row.validUntil)],
} as const;

const WORDS: { readonly [N in Noun]: Words<N> } = {
  client: {
    began: "created",
    ended: "deleted",
    title: (row) => `client ${row.id}`,
    facts: {
      status: ["", (row) => row.status],
      name: ["name", (row) => row.name],
      description: described,
      protocolScopes: [
        "protocol scopes",
        (row) => (row.protocolScopes === null ? null : row.protocolScopes.join(", ") || "no scope"),
      ],
      careCritical: ["care-critical", (row) => (row.careCritical ? "yes" : null)],
    },
  },
  scope: {
    began: "created",
    ended: "deleted",
    title: (row) => `scope ${row.name} v${row.version}`,
    facts: {
      state: ["", (row) => row.state],
      title: ["title", (row) => row.title],
      description: described,
      translations: [
        "translations",
        (row) => listText(row.translations.map(({ language, title }) => `${language} ${title}`)),
      ],
      declarations: ["atoms", (row) => listText(row.atoms.map(printAtom))],
      requiresConsent: ["requires consent", (row) => (row.requiresConsent ? "yes" : null)],
      justification: ["justification", (row) => row.justification],
      deprecatedAt: ["announced", (row) => timeText(row.deprecatedAt)],
      sunsetAt: ["sunset", (row) => timeText(row.sunsetAt)],
      replacedBy: ["replaced by", (row) => row.replacedBy],
      retiredAt: ["retired", (row) => timeText(row.retiredAt)],
    },
  },
  grant: {
    began: "granted",
    ended: "revoked",
    title: (row) => `scope ${row.scope} of client ${row.clientId}`,
    facts: period,
  },
  role: {
    began: "created",
    ended: "deleted",
    title: (row) => `role ${row.name}`,
    facts: { inherits: ["inherits", (row) => listText(row.inherits)], description: described },
  },
  assignment: {
    began: "assigned",
    ended: "unassigned",
    title: (row) => {
      return `role ${row.role} of ${holderText(row)} in ${row.organization === ALL_ORGANIZATIONS ? "all organizations" : row.organization}`;
    },
    facts: period,
  },
  rule: {
    began: "created",
    ended: "deleted",
    title: (row) => `rule ${row.id}`,
    facts: {
      effect: ["", (row) => row.effect],
      role: ["role", (row) => row.role],
      scope: ["scope", (row) => row.scope],
      action: ["action", (row) => row.action],
      resourceType: ["resource type", (row) => row.resourceType],
      when: ["when", (row) => row.when, "WHOLE"],
      obligations: [
        "obligations",
        (row) =>
          listText(
            row.obligations.map((o) => (o.parameters === null ? o.type : `${o.type} ${JSON.stringify(o.parameters)}`)),
          ),
      ],
      description: described,
      justification: ["justification", (row) => row.justification],
    },
  },
  organization: {
    began: "set",
    ended: "set no more",
    title: (row) => `settings of ${row.id === ALL_ORGANIZATIONS ? "all organizations (*)" : `organization ${row.id}`}`,
    facts: {
      name: ["name", (row) => row.name],
      consentOnSilence: [
        "silence",
        (row) => row.consentOnSilence?.map((r) => `${r.purpose ?? "else"} ${r.silence}`).join(", ") ?? null,
      ],
      specialProtection: ["special protection", (row) => row.specialProtection],
      purposeRequired: ["purpose required", (row) => flagText(row.purposeRequired)],
      patientScopesReachShared: ["patient scopes reach shared", (row) => flagText(row.patientScopesReachShared)],
      part2Program: ["42 CFR Part 2 program", (row) => flagText(row.part2Program)],
      accessRequestMaxMinutes: ["access requests, minutes", (row) => countText(row.accessRequestMaxMinutes)],
      consentRequests: [
        "consent requests",
        ({ consentRequests: c }) =>
          c && `${c.expireMinutes} minutes to answer, yes ${c.agreedDays} days, no ${c.refusedDays} days`,
      ],
      breakGlass: [
        "break glass",
        ({ breakGlass: b }) =>
          b && `${b.roles.join(", ")}; ${b.maxMinutes} minutes, reviewed within ${b.reviewWithinHours} hours`,
      ],
      emergencyOverridesRefusal: ["emergency overrides refusal", (row) => flagText(row.emergencyOverridesRefusal)],
      alertResponses: [
        "alert responses",
        (row) => row.alertResponses && (row.alertResponses.map(responseText).join(", ") || "nothing"),
      ],
      retentionYears: ["retention, years", (row) => countText(row.retentionYears)],
      legalHold: ["legal hold", (row) => flagText(row.legalHold)],
      justification: ["justification", (row) => row.justification],
    },
  },
};

const LONGEST = 80;

function difference(label: string, was: string | null, is: string | null, longest: number): string {
  const name = label === "" ? "" : `${label} `;
  const [from, to] = [was ?? "none", is ?? "none"];
  return from === to || from.length > longest || to.length > longest ? `${name}changed` : `${name}${from} -> ${to}`;
}

function summaryOf<N extends Noun>(noun: N, before: PolicyRows[N] | null, after: PolicyRows[N] | null): string {
  const { began, ended, title, facts }: Words<N> = WORDS[noun];
  const row = after ?? before;
  if (row === null) return `${noun}: no change`;
  if (after === null) return `${title(row)}: ${ended}`;
  const told = Object.entries<Fact<PolicyRows[N]>>(facts).flatMap(([member, [label, text, long]]) => {
    const longest = long === "WHOLE" ? Infinity : LONGEST;
    const is = text(after);
    if (before !== null) {
      const [was, now] = [before, after].map((of) => of[member as keyof PolicyRows[N]] as Json);
      return sameJson(was ?? null, now ?? null) ? [] : [difference(label, text(before), is, longest)];
    }
    return is === null || is.length > longest ? [] : [label === "" ? is : `${label} ${is}`];
  });
  return `${title(row)}: ${(before === null ? [began, ...told] : told).join("; ") || "no visible change"}`;
}

/** A change in plain English: `scope view_lab_results v2: DRAFT -> ACTIVE; title none -> Laboratory results`. */
export function changeSummary(change: RowChange): string {
  return summaryOf<Noun>(change.noun, change.before, change.after);
}

/** A row as JSON for people: its times as RFC 3339 text, as everywhere else in the API. */
export function rowJson<N extends Noun>(noun: N, row: PolicyRows[N] | null): Readonly<Record<string, unknown>> | null {
  if (row === null) return null;
  const times = new Set(membersOf(noun).flatMap(({ name, type }) => (type === "time" ? [name] : [])));
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, times.has(name) ? timeText(value) : value]),
  );
}
