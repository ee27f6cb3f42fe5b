import { actOf, type KeptRestriction } from "../../domain/decisions/restrictions/restriction.ts";
import type { Clock, NewId } from "../../domain/kernel/ports.ts";
import type { Alert } from "../../domain/monitoring/alerts/alert.ts";
import {
  automaticRestriction,
  type DueResponse,
  dueResponses,
  holderAlone,
} from "../../domain/monitoring/responses/automatic.ts";
import { MOST_IN_FORCE } from "../../domain/monitoring/responses/restrictionStore.ts";
import type { Story, WithheldBecause, WithheldResponse } from "../../domain/monitoring/watch/story.ts";
import type { Rise } from "../../domain/monitoring/watch/tellStories.ts";
import { respondingEntry } from "../../domain/policy/organizations.ts";
import { ALL_ORGANIZATIONS, type Client, type Organization } from "../../domain/policy/types.ts";
import { type Act, restrictionAct } from "../../domain/record/acts.ts";
import { columnList } from "../database/columns.ts";
import type { RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { policyRow, policyTables } from "../policy/policyTables.ts";
import { createImposing } from "./imposing.ts";

/** Half of all: with more of the service's own in force, nothing would be left for people to impose. */
const MOST_BY_ITSELF = MOST_IN_FORCE / 2;

type Database = { readonly run: RunSql; readonly dialect: Dialect };

/** What the policy says now of these organizations, and of all, and of these clients. */
async function policyNow(
  { dialect, run }: Database,
  { clients, organizations }: { readonly organizations: readonly string[]; readonly clients: readonly string[] },
) {
  const [newest] = (await run('SELECT MAX("revision") AS "n" FROM policy_revision', [])).rows;
  const revision = Number(newest?.n ?? 0);
  const rowsOf = async <N extends "client" | "organization">(noun: N, keys: readonly string[]) => {
    if (keys.length === 0) return [];
    const statement = `SELECT ${columnList(policyTables[noun].columns)} FROM policy_${noun}
      WHERE "id" IN (${keys.map(() => "?").join(", ")}) AND "since" <= ? AND ("until" IS NULL OR "until" > ?)`;
    const { rows } = await run(withParameters(dialect, statement), [...keys, revision, revision]);
    return rows.map((raw) => policyRow(noun, raw));
  };
  const byId = <Row extends Client | Organization>(rows: readonly Row[]) => new Map(rows.map((row) => [row.id, row]));
  return {
    revision,
    organizations: byId(await rowsOf("organization", [...new Set([ALL_ORGANIZATIONS, ...organizations])])),
    clients: byId(await rowsOf("client", clients)),
  };
}

/** One that is to be imposed because of a rise. */
interface Asked {
  readonly alert: Alert;
  readonly rise: Rise;
  readonly due: DueResponse;
  readonly organization: string;
}

/**
 * Imposes what the policy has imposed because of alerts that came to be or rose, in the transaction in which they do: by the policy as
 * it is now, within the limits that hold for people too, and those that hold for the service alone. Of what it does not impose the alert
 * tells why. Answers with the acts, which are to be put on record last.
 */
export function createImposeByPolicy({ clock, newId }: { readonly clock: Clock; readonly newId: NewId }) {
  return async (
    database: Database,
    {
      organizationOf,
      rises,
      stories,
    }: {
      readonly rises: readonly Rise[];
      /** The alerts, as they are now. */
      readonly stories: readonly Story[];
      /** Of the decision of a finding. */
      readonly organizationOf: (rise: Rise) => string | null;
    },
  ): Promise<readonly Act[]> => {
    if (rises.length === 0) return [];
    const { dialect, run } = database;
    const alerts = new Map(stories.map((story) => [story.id, story as Alert]));
    const clients = stories.flatMap((story) => {
      const holder = holderAlone(story);
      return holder?.kind === "CLIENT" ? [holder.id] : [];
    });
    const organizations = rises.flatMap((rise) => organizationOf(rise) ?? []);
    const policy = await policyNow(database, { organizations, clients });
    const asked = rises.flatMap((rise): readonly Asked[] => {
      const alert = alerts.get(rise.alertId);
      const entry = respondingEntry(policy.organizations, organizationOf(rise));
      if (alert === undefined || entry === null) return [];
      return dueResponses(rise, entry.alertResponses ?? []).map((due) => ({
        ...{ alert, rise, due },
        organization: entry.id,
      }));
    });
    if (asked.length === 0) return [];
    const now = clock();
    const imposing = createImposing(dialect);
    await imposing.begin(run);
    await imposing.lapse(run, now);

    async function impose({
      alert,
      due,
      organization,
      rise,
    }: Asked): Promise<KeptRestriction | WithheldBecause | null> {
      const { mostPerHour, response } = due;
      if (await imposing.isOfRule(run, { alertId: alert.id, response })) return null;
      const clientOf = (id: string) => policy.clients.get(id);
      const rule = { organization, revision: policy.revision };
      const made = automaticRestriction({
        ...{ id: newId(), alert, clientOf, due, now, rule },
        decidedAt: rise.finding.at,
      });
      if (typeof made === "string") return made;
      if ((await imposing.inHour(run, { organization, response, now })) >= mostPerHour) return "TOO_MANY_IN_AN_HOUR";
      const refused = await imposing.refusal(run, made, MOST_BY_ITSELF);
      if (refused === null) {
        await imposing.insert(run, made);
        return made;
      }
      // One because of an alert is refused because of others with one.
      return refused.because === "CLOSED" || refused.because === "BLOCKED" ? null : refused.because;
    }

    const acts: Act[] = [];
    const withheld = new Map<string, readonly WithheldResponse[]>();
    for (const each of asked) {
      const { alert, due } = each;
      const made = await impose(each);
      if (made === null) continue;
      if (typeof made !== "string") acts.push(restrictionAct(actOf(made)));
      else {
        const before = withheld.get(alert.id) ?? alert.alert.withheld;
        withheld.set(alert.id, [...before, { response: due.response, because: made, at: now }]);
      }
    }
    for (const [alertId, all] of withheld)
      await run(withParameters(dialect, 'UPDATE watch_story SET "withheld" = ? WHERE "id" = ?'), [
        JSON.stringify(all),
        alertId,
      ]);
    return acts;
  };
}
