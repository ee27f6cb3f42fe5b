import type { CaseKind } from "../../cases/caseKind.ts";
import type { Campaign, CampaignState } from "./campaign.ts";

/** An open campaign is decided (OPEN), or all of it is (DECIDED), or the time for that is over (ENDED). */
export type CampaignStage = CampaignState | "DECIDED" | "ENDED";

export const STAGES_OF: { readonly [S in CampaignState]: readonly CampaignStage[] } = {
  OPEN: ["OPEN", "DECIDED", "ENDED"],
  PROPOSED: ["PROPOSED"],
  CLOSED: ["CLOSED"],
};

interface Life extends Pick<Campaign, "decided" | "proposalId"> {
  readonly reportSha256: string | null;
}

/** One that repeats another has its slot: it is begun anew once. */
export const campaignKind: CaseKind<Campaign, CampaignStage> = {
  code: "REVIEW_CAMPAIGN",
  noun: "Campaign",
  states: {
    OPEN: { kept: ["OPEN"], end: "BEFORE" },
    DECIDED: { kept: ["DECIDED"] },
    ENDED: { kept: ["OPEN"], end: "AFTER" },
    PROPOSED: { kept: ["PROPOSED"] },
    CLOSED: { kept: ["CLOSED"] },
  },
  rowOf(of) {
    const { alertId, clientId, closed, decided, dueAt, endsAt, follows, id, organization, proposalId, ...more } = of;
    const { startedAt, startedBy, state, subjectId, subjectType, ...body } = more;
    return {
      ...{ id, clientId, organization, dueAt, endsAt, slot: follows, parent: alertId, patient: null },
      ...{ openedAt: startedAt, openedBy: startedBy, isOver: closed !== null, body },
      subject: subjectId === null || subjectType === null ? null : { type: subjectType, id: subjectId },
      state: state === "OPEN" && decided === body.items ? "DECIDED" : state,
      decided: closed === null ? null : { at: closed.at, by: { callerId: closed.by, subject: null } },
      life: { decided, proposalId, reportSha256: closed?.reportSha256 ?? null },
    };
  },
  caseOf({ body, clientId, decided, dueAt, endsAt, id, life, openedAt, openedBy, organization, ...row }) {
    const { reportSha256, ...progress } = life as unknown as Life;
    return {
      ...(body as unknown as Campaign),
      ...{ ...progress, id, clientId, organization, alertId: row.parent, follows: row.slot },
      ...{ startedAt: openedAt, startedBy: openedBy, dueAt: dueAt ?? openedAt, endsAt: endsAt ?? openedAt },
      ...{ subjectId: row.subject?.id ?? null, subjectType: row.subject?.type ?? null },
      state: row.state === "DECIDED" ? "OPEN" : (row.state as CampaignState),
      closed: decided === null ? null : { at: decided.at, by: decided.by.callerId, reportSha256: reportSha256 ?? "" },
    };
  },
};
