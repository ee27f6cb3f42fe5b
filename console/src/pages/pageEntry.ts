import type { ComponentType } from "react";
import type { CallerRole, CaseKind } from "../generated/schema.ts";

/** A page as the navigation knows it. */
export interface PageEntry {
  /** In the address, after `#`. */
  readonly path: string;
  /** In the navigation, and the page's heading. */
  readonly title: string;
  /** The queries and mutations without which the page is of no use: shown to who may ask all of them. */
  readonly needs: readonly string[];
  /** In the place of `needs`, what is enough too. */
  readonly orNeeds?: readonly string[];
  readonly load: () => Promise<{ readonly default: ComponentType }>;
  /** Kinds of cases that wait here: their number stands beside the title. */
  readonly waits?: readonly CaseKind[];
  /** False: reached from another page, not from the navigation. */
  readonly isListed?: boolean;
  /** More words by which Ctrl-K finds it. */
  readonly words?: string;
}

export interface PageGroup {
  readonly name: string;
  /** Whose daily work it is: for others with many pages it is folded. */
  readonly dailyFor: readonly CallerRole[];
  readonly pages: readonly PageEntry[];
}

/** Whether it is of use to who may ask and do so. */
export const isOfUse = ({ needs, orNeeds }: PageEntry, may: (name: string) => boolean): boolean =>
  needs.every(may) || orNeeds?.every(may) === true;
