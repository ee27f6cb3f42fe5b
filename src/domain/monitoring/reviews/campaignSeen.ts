import { seesAccesses } from "../../callers/permissions.ts";
import type { Identity } from "../../callers/types.ts";
import { seesPatients } from "../alerts/seen.ts";
import type { AlertStore } from "../alerts/store.ts";
import type { Campaign } from "./campaign.ts";

/** Campaigns as a caller may see them. */
export type CampaignsSeen = (caller: Identity, campaigns: readonly Campaign[]) => Promise<readonly Campaign[]>;

/**
 * To who sees alerts under pseudonyms, a campaign says neither its alert nor its subject once that one is a patient there: the two
 * together would tell whose the pseudonym is.
 */
export const createCampaignsSeen =
  (alerts: Pick<AlertStore, "ownSubjects">): CampaignsSeen =>
  async (caller, campaigns) => {
    if (seesPatients(caller) || !seesAccesses(caller)) return campaigns;
    const storyIds = campaigns.flatMap(({ alertId, subjectId }) =>
      alertId === null || subjectId === null ? [] : [alertId],
    );
    const own = await alerts.ownSubjects([...new Set(storyIds)]);
    return campaigns.map((campaign) => {
      const { alertId, subjectId } = campaign;
      const isHidden = own.some((one) => one.storyId === alertId && one.subjectId === subjectId);
      return isHidden ? { ...campaign, alertId: null, subjectId: null, subjectType: null } : campaign;
    });
  };
