import type { Detector } from "./detector.ts";

/** All detectors, in the order in which they look at a decision. */
export const DETECTORS: readonly Detector[] = [];
