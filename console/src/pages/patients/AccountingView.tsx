import { useEffect } from "react";
import { useAsk, usePages } from "../../api/useAsk.ts";
import type { DisclosureKind } from "../../generated/schema.ts";
import { useMay, useViewer } from "../../session/useSession.ts";
import { Button } from "../../ui/buttons.tsx";
import { Empty, Failed, Loading, Note } from "../../ui/feedback.tsx";
import { zone } from "../../ui/when.tsx";
import { count } from "../../ui/words.ts";
import { accountingLines } from "./accountingLines.ts";
import { Accounting, Suspended } from "./whoSaw.graphql.ts";

const LEFT_OUT: Partial<Record<DisclosureKind, string>> = {
  TREATMENT: "for treatment",
  PAYMENT: "for payment",
  OPERATIONS: "for health care operations",
  TO_INDIVIDUAL: "to the patient",
  AUTHORIZATION: "by the patient's own consent",
};

const PAPER = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

/** A time as it stands on paper: whole, whenever it is read. */
const OnPaper = ({ at }: { readonly at: string }) => (
  <time dateTime={at} className="number">
    {PAPER.format(new Date(at))}
  </time>
);

interface AccountingViewProps {
  readonly patient: string;
  readonly window: { readonly from: string; readonly to: string | null };
}

/** Stands on the screen alone: a patient must not learn of it. */
function SuspendedNote({ patient }: { readonly patient: string }) {
  const may = useMay();
  const { data } = useAsk(Suspended, { patient }, { when: may("accountingSuspensions") });
  const n = data?.accountingSuspensions.totalCount ?? 0;
  if (n === 0) return null;
  return (
    <Note tone="warn">
      Left out without a word on paper: disclosures to {count(n, "agency", "agencies")} that asked for it (45 CFR
      164.528(a)(2)). See Holds. Hand out nothing else about this patient meanwhile.
    </Note>
  );
}

/** An accounting of disclosures (45 CFR 164.528) as a page for print: in plain words, without ids. */
export function AccountingView({ patient, window }: AccountingViewProps) {
  const pages = usePages(Accounting, { patient, ...window }, (answer) => answer.accountingOfDisclosures, {
    enough: 10_000,
  });
  const { name } = useViewer();
  const { hasMore, isAsking, more, error } = pages;
  // On paper there is no "Show more".
  useEffect(() => {
    if (hasMore && !isAsking && error === null) more();
  }, [hasMore, isAsking, more, error]);
  const known = pages.first?.accountingOfDisclosures;
  if (error !== null) return <Failed error={error} retry={pages.refresh} />;
  if (known === undefined) return <Loading />;
  const lines = accountingLines(
    pages.rows.map(({ at, inPlainWords, recipient: { address } }) => ({ at, address, ...inPlainWords })),
  );
  const leftOut = known.counts.filter(({ count, kind }) => count > 0 && !known.listed.includes(kind));
  return (
    <>
      <div className="no-print stack">
        <SuspendedNote patient={patient} />
        {known.notes.map((note) => (
          <Note key={note} tone="warn">
            {note}
          </Note>
        ))}
        <div className="form-end">
          <Button look="primary" k="p" onPress={() => globalThis.print()} isDisabled={hasMore}>
            {hasMore ? "Reading all of it…" : "Print the accounting"}
          </Button>
          <span className="muted">Read it first: what was use inside the house may be struck out.</span>
        </div>
      </div>
      <article className="card pad patients-accounting" aria-label="Accounting of disclosures">
        <h2>Accounting of disclosures</h2>
        <p>
          Of the health information of <strong>{known.patientName ?? "a patient whose name is not on file"}</strong>,
          from <OnPaper at={known.from} /> until <OnPaper at={known.to} />. Made on{" "}
          {pages.asOf !== null && <OnPaper at={pages.asOf.toISOString()} />} by {name}. Times are in {zone()}.
        </p>
        {lines.length === 0 ? (
          <Empty title="No disclosure that must be accounted for">
            Looked at: every access to the data that was allowed in this time. What need not be listed is counted below.
          </Empty>
        ) : (
          <table className="list">
            <caption className="unseen">Disclosures</caption>
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">To whom</th>
                <th scope="col">What</th>
                <th scope="col">What for</th>
              </tr>
            </thead>
            <tbody>
              {lines.map((line) => (
                <tr key={`${line.at} ${line.recipient} ${line.data} ${line.purpose}`}>
                  <td data-label="When">
                    {line.times > 1 ? (
                      <>
                        {line.times} times, from <OnPaper at={line.first} /> to <OnPaper at={line.at} />
                      </>
                    ) : (
                      <OnPaper at={line.at} />
                    )}
                  </td>
                  <td data-label="To whom" className="main">
                    {line.recipient}
                    {line.address !== null && <span className="muted small"> {line.address}</span>}
                  </td>
                  <td data-label="What">{line.data}</td>
                  <td data-label="What for">{line.purpose}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <p className="muted">
          {leftOut.length > 0 && (
            <>
              Not listed, as the rule does not ask for it:{" "}
              {leftOut.map(({ count: n, kind }) => `${n.toLocaleString("en-US")} ${LEFT_OUT[kind] ?? kind}`).join(", ")}
              .{" "}
            </>
          )}
          {known.namingNobody > 0 && (
            <>
              {count(known.namingNobody, "search", "searches")} named no patient: whose data they showed is not known.{" "}
            </>
          )}
          {known.erased > 0 && (
            <>Of {count(known.erased, "access", "accesses")} it is no longer known whose data they were about. </>
          )}
          {known.archived.length > 0 && (
            <>Not looked at, as it is archived: {known.archived.map(({ month }) => month).join(", ")}. </>
          )}
          Listed is each access that was allowed; whether data was then sent, the system that holds it knows.
        </p>
      </article>
    </>
  );
}
