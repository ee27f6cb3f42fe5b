import type { AlertResponse, Severity } from "../../generated/schema.ts";
import type { Option } from "../fields.tsx";

export interface BlockWay extends Option {
  /** What the button says. */
  readonly submit: string;
  /** Null: for good. */
  readonly response: AlertResponse | null;
  readonly maxMinutes: number;
  /** Because of the alert, as the policy lets it; else of the person by itself. */
  readonly isOfAlert: boolean;
}

/** The longest for which a person may be blocked without an alert. */
const DAY_MINUTES = 1440;

/** In which ways somebody may be stopped: a person by itself, and because of an alert what the policy lets. The mildest of a person first. */
export function waysOf(of: {
  readonly isPerson: boolean;
  /** Of the alert; null: without one. */
  readonly severity: Severity | null;
  readonly permitted: ReadonlyMap<AlertResponse, number>;
  readonly may: (name: string) => boolean;
}): readonly BlockWay[] {
  const ways: BlockWay[] = [];
  const mayBlock = of.may("imposeRestriction");
  if (of.isPerson && mayBlock)
    ways.push({
      id: "while",
      name: "For a while",
      hint: "All that is asked for this person is denied, at every client, until it ends by itself or is lifted.",
      submit: "Block now",
      response: "SUSPENSION",
      maxMinutes: DAY_MINUTES,
      isOfAlert: false,
    });
  const suspension = of.permitted.get("SUSPENSION");
  if (mayBlock && suspension !== undefined && of.severity === "HIGH")
    ways.push({
      id: "suspend",
      name: "Whom the alert is about",
      hint: "Everything is denied for a while, because of this alert.",
      submit: "Block whom the alert is about",
      response: "SUSPENSION",
      maxMinutes: suspension,
      isOfAlert: true,
    });
  const stepUp = of.permitted.get("STEP_UP");
  if (mayBlock && stepUp !== undefined && of.severity !== null)
    ways.push({
      id: "stepUp",
      name: "Ask for a new sign-in",
      hint: "What they may do goes on once they have proved anew who they are.",
      submit: "Ask for a new sign-in",
      response: "STEP_UP",
      maxMinutes: stepUp,
      isOfAlert: true,
    });
  if (of.isPerson && of.may("endAccess"))
    ways.push({
      id: "end",
      name: "For good",
      hint: "As when somebody leaves: roles, keys, access requests and the tokens of their accounts end. There is no way back but to give all anew.",
      submit: "End all access",
      response: null,
      maxMinutes: 0,
      isOfAlert: false,
    });
  return ways;
}
