// Two hues carry meaning, each with a shape and a word, so that no colour blindness hides it: allowed is a blue disc, denied a vermilion
// square, conditional a half disc.
import type { ReactNode } from "react";
import { words } from "./words.ts";

const OUTCOME_WORDS = { ALLOW: "Allowed", DENY: "Denied", CONDITIONAL: "If" } as const;
export type Outcome = keyof typeof OUTCOME_WORDS;

export function OutcomeShape({ of, size = 15 }: { readonly of: Outcome; readonly size?: number }) {
  return (
    <svg className={`shape ${of}`} width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      {of === "ALLOW" && (
        <>
          <circle cx="8" cy="8" r="7.2" className="fill" />
          <path d="M4.600 8.300l2.300 2.300 4.500-4.800" className="ink" />
        </>
      )}
      {of === "CONDITIONAL" && (
        <>
          <circle cx="8" cy="8" r="6.4" className="line" />
          <path d="M8 1.600a6.400 6.400 0 0 1 0 12.800z" className="fill" />
        </>
      )}
      {of === "DENY" && (
        <>
          <rect x="1" y="1" width="14" height="14" rx="3.2" className="fill" />
          <path d="M5.200 5.200l5.600 5.600m0-5.600l-5.600 5.600" className="ink" />
        </>
      )}
    </svg>
  );
}

/** Allowed, denied or conditional. `text` in the place of the usual word. */
export function OutcomeMark({ of, text }: { readonly of: Outcome; readonly text?: string }) {
  return (
    <span className={`mark ${of}`}>
      <OutcomeShape of={of} />
      {text ?? OUTCOME_WORDS[of]}
    </span>
  );
}

const RISE = { INFO: 0, LOW: 1, MEDIUM: 2, HIGH: 3 } as const;

/** Three rising bars and a word. */
export function SeverityMark({ of }: { readonly of: keyof typeof RISE }) {
  return (
    <span className={`severity ${of}`}>
      <svg width="14" height="12" viewBox="0 0 14 12" aria-hidden="true">
        {[0, 1, 2].map((i) => (
          <rect key={i} x={i * 5} y={8 - i * 4} width="4" height={4 + i * 4} className={i < RISE[of] ? "on" : "off"} />
        ))}
      </svg>
      {words(of)}
    </span>
  );
}

/** A state in words, such as Open or Expired. `tone` for the ones that somebody must see. */
export function Chip({
  children,
  tone = "plain",
}: {
  readonly children: ReactNode;
  readonly tone?: "plain" | "good" | "bad" | "wait";
}) {
  return <span className={`chip ${tone}`}>{children}</span>;
}

export const StateChip = ({ state }: { readonly state: string }) => (
  <Chip
    tone={
      ["OPEN", "PENDING", "WAITING"].includes(state)
        ? "wait"
        : ["ACTIVE", "APPROVED", "APPLIED", "GRANTED"].includes(state)
          ? "good"
          : ["DENIED", "REJECTED", "REFUSED", "RETIRED", "SUSPENDED", "REVOKED", "FAILED"].includes(state)
            ? "bad"
            : "plain"
    }
  >
    {words(state)}
  </Chip>
);
