import { Button, stepOf } from "../../ui/buttons.tsx";
import type { Column } from "../../ui/list.tsx";
import { Chip } from "../../ui/marks.tsx";
import { ClientName, SubjectName } from "../../ui/names.tsx";
import { Day, When } from "../../ui/when.tsx";
import { count, words } from "../../ui/words.ts";
import type { ReviewItemRow } from "./reviews.graphql.ts";

/** Whether the viewer may decide it now. */
export function mayDecide({ viewerMay }: ReviewItemRow): boolean {
  const step = stepOf(viewerMay, "decideReviewItem");
  return step !== undefined && (step.allowed || step.needs != null);
}

export const HolderName = ({ of }: { readonly of: ReviewItemRow }) =>
  of.subjectId === null ? (
    <ClientName client={of.client} id={of.clientId} />
  ) : (
    <SubjectName subject={{ id: of.subjectId, type: of.subjectType }} />
  );

/** The access: a role with its place, or a scope. */
export const AccessText = ({ of: { organization, role, scope } }: { readonly of: ReviewItemRow }) =>
  role === null ? (
    <>
      scope <code className="id">{scope}</code>
    </>
  ) : (
    <>
      role <code className="id">{role}</code> {organization === "*" ? "in all organizations" : `at ${organization}`}
    </>
  );

/** How it was used, in a line; what was seen for too short a time is not called unused. */
export const UseText = ({ of: { few, lastUsedAt, observed, uses } }: { readonly of: ReviewItemRow }) => (
  <>
    {few ? (
      <span className="muted">{lastUsedAt === null ? "for auditors alone" : "used"}</span>
    ) : uses === 0 ? (
      "Not used"
    ) : (
      count(uses, "use")
    )}
    {lastUsedAt !== null && (
      <>
        , last <Day at={lastUsedAt} />
      </>
    )}
    <span className="people-beside">{observed}</span>
  </>
);

const ADVICE_TONES = { KEEP: "good", REMOVE: "bad", REDUCE: "wait", UNDECIDED: "plain" } as const;
export const VERDICT_WORDS = { KEEP: "Kept", REMOVE: "Remove", REDUCE: "Reduce", UNDECIDED: "Undecided" } as const;

interface ColumnDeps {
  readonly chosen: ReadonlySet<string>;
  readonly choose: (row: ReviewItemRow, isRange: boolean) => void;
  readonly decide: (id: string, verdict: "KEEP" | "REMOVE") => void;
  /** A panel stands beside the list: it has what is left out here. */
  readonly isNarrow: boolean;
}

export function itemColumns({ chosen, choose, decide, isNarrow }: ColumnDeps): readonly Column<ReviewItemRow>[] {
  const all: readonly (Column<ReviewItemRow> & { readonly isWide?: boolean })[] = [
    {
      name: "Choose",
      cell: (row) =>
        mayDecide(row) && (
          <input
            type="checkbox"
            className="people-choose"
            aria-label={`Choose ${row.subjectId ?? row.clientId}, ${row.role ?? row.scope}`}
            checked={chosen.has(row.id)}
            onChange={({ nativeEvent }) => choose(row, nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)}
          />
        ),
    },
    {
      name: "Who may what",
      isMain: true,
      cell: (row) => (
        <>
          <HolderName of={row} />
          <span className="people-beside">
            <AccessText of={row} />
          </span>
        </>
      ),
    },
    { name: "Use", cell: (row) => <UseText of={row} /> },
    {
      name: "Given",
      isMinor: true,
      isWide: true,
      cell: ({ assignedAt, assignedBy, assignedReason }) =>
        assignedAt !== null && (
          <>
            <Day at={assignedAt} /> by {assignedBy?.name}
            <span className="people-beside people-clamp">{assignedReason}</span>
          </>
        ),
    },
    {
      name: "Evidence says",
      cell: (row) => {
        const { advice } = row;
        return advice === null ? (
          <span className="muted">
            {row.exceptedUntil !== null ? "excepted" : row.few ? "of few patients" : "too early to say"}
          </span>
        ) : (
          <>
            <Chip tone={ADVICE_TONES[advice.verdict]}>{words(advice.verdict)}</Chip>
            {advice.verdict === "REDUCE" && (
              <span className="people-beside">
                to {[...(advice.to?.scopes ?? []), ...(advice.to?.organizations ?? [])].join(", ")}
              </span>
            )}
          </>
        );
      },
    },
    {
      name: "Verdict",
      cell: (row) => {
        if (row.verdict !== "UNDECIDED")
          return (
            <>
              <Chip tone={ADVICE_TONES[row.verdict]}>{VERDICT_WORDS[row.verdict]}</Chip>
              <span className="people-beside">
                {row.outcome === null ? <When at={row.decidedAt} /> : words(row.outcome)}
              </span>
            </>
          );
        if (!mayDecide(row))
          return (
            <span className="muted small">{row.outcome === null ? "not yours to decide" : words(row.outcome)}</span>
          );
        if (isNarrow) return null;
        const of = `${row.subjectId ?? row.clientId}, ${row.role ?? row.scope}`;
        return (
          <span className="people-verdicts">
            <Button aria-label={`Keep: ${of}`} onPress={() => decide(row.id, "KEEP")}>
              Keep…
            </Button>
            <Button aria-label={`Remove: ${of}`} onPress={() => decide(row.id, "REMOVE")}>
              Remove…
            </Button>
          </span>
        );
      },
    },
  ];
  return all.filter(({ isWide }) => !(isWide && isNarrow));
}
