import { isBelowPurpose } from "../../scopes/purposes.ts";
import { clientOf } from "../baselines/entities.ts";
import { told } from "../baselines/sentence.ts";
import type { WatchedDecision } from "../watchedDecision.ts";
import { defineDetector } from "./defineDetector.ts";
import { type Known, noveltyOf, type Value } from "./novelty.ts";

const MOST_KNOWN = 100;
/** Beyond treatment, payment and operations: what data were not collected for. */
const BEYOND_FACTOR = 2.5;
const PURPOSE = "purpose ";
const ORGANIZATION = "organization ";

function valuesOf({ purposeOfUse, organization }: WatchedDecision, days: number): readonly Value[] {
  const values: Value[] = [];
  if (purposeOfUse !== null) values.push({ key: PURPOSE + purposeOfUse, days });
  if (organization !== null) values.push({ key: ORGANIZATION + organization, days });
  return values;
}

/** What health data are collected for: treatment, payment, operations, and what patients ask for themselves. */
const ORDINARY = ["TREAT", "HPAYMT", "HOPERAT", "PATRQT"] as const;

/** Whether a purpose is one of these or below one, emergencies too; any other, and any that is not HL7's, is beyond. */
const isOrdinaryPurpose = (purpose: string): boolean =>
  purpose === "BTG" || ORDINARY.some((each) => purpose === each || isBelowPurpose(purpose, each));

const isBeyond = (key: string): boolean => key.startsWith(PURPOSE) && !isOrdinaryPurpose(key.slice(PURPOSE.length));

/** A client is allowed something for a purpose, or in an organization, that it has not had for long. */
export const newPurposeOrOrganization = defineDetector<Known, "days" | "points">({
  code: "NEW_PURPOSE_OR_ORGANIZATION",
  title: "A new purpose or organization",
  compares:
    "The purpose and the organization of what a client was allowed, with those it had within some days, and with how often it has new ones.",
  parameters: {
    days: {
      default: 90,
      minimum: 7,
      maximum: 400,
      description: "Days for which a purpose or an organization is remembered.",
    },
    points: {
      default: 40,
      minimum: 0,
      maximum: 45,
      description:
        "Points of one new value for a client that hardly ever has one; two and a half times as many for a purpose beyond treatment, payment and operations. Never an alert alone.",
    },
  },
  entitiesOf: (decision) =>
    decision.outcome === "ALLOW" && valuesOf(decision, 0).length > 0 ? [clientOf(decision)] : [],
  observe({ entity, own, decision, parameters }) {
    const values = valuesOf(decision, parameters.days);
    const { known, news, isYoung, surprise, every } = noveltyOf({ own, values, decision }, MOST_KNOWN);
    if (news.length === 0) return { baseline: known, unusual: null };
    const said = news.map(({ key }) => `the ${key}`).join(" and ");
    return {
      baseline: known,
      unusual: {
        severity: isYoung ? "INFO" : "LOW",
        points:
          surprise * parameters.points * news.reduce((sum, { key }) => sum + (isBeyond(key) ? BEYOND_FACTOR : 1), 0),
        sentence: `${entity.id} was allowed an access with ${said} for the first time in ${told(parameters.days)} days; it has something new about every ${told(every)} days.`,
      },
    };
  },
});
