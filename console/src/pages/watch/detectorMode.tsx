import type { DetectorMode } from "../../generated/schema.ts";
import { Chip } from "../../ui/marks.tsx";

export const MODES: Readonly<Record<DetectorMode, string>> = { ON: "Makes alerts", SHADOW: "Only notes", OFF: "Off" };
export const ModeChip = ({ mode }: { readonly mode: DetectorMode }) => (
  <Chip tone={mode === "ON" ? "good" : "plain"}>{MODES[mode]}</Chip>
);
