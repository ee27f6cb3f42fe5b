import { useState } from "react";
import type { DisclosureKind } from "../../generated/schema.ts";
import { Button } from "../../ui/buttons.tsx";
import { Empty } from "../../ui/feedback.tsx";
import { ReasonField } from "../../ui/fields.tsx";
import { Form } from "../../ui/form.tsx";
import { Facts } from "../../ui/panel.tsx";
import { zone } from "../../ui/when.tsx";
import { count } from "../../ui/words.ts";

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

export interface SheetLine {
  readonly key: string;
  readonly at: string;
  readonly first: string;
  readonly times: number;
  readonly recipient: string;
  readonly address: string | null;
  readonly data: string;
  readonly purpose: string;
  readonly mayBeUse: boolean;
}

interface Sheet {
  /** Its number on record; null: it is not given yet. */
  readonly id: string | null;
  readonly at: string | null;
  readonly madeBy: string;
  readonly patient: string;
  readonly patientName: string;
  readonly organization: string;
  readonly from: string;
  readonly to: string;
  readonly lines: readonly SheetLine[];
  readonly counts: readonly { readonly kind: DisclosureKind; readonly count: number }[];
  readonly listed: readonly DisclosureKind[];
  readonly namingNobody: number;
  readonly erased: number;
  readonly archived: readonly string[];
}

interface SheetProps {
  readonly of: Sheet;
  /** The reasons of lines that are struck, by their keys. */
  readonly struck?: ReadonlyMap<string, string>;
  readonly onStrike?: (line: SheetLine, reason: string | null) => void;
}

const NOBODY_STRUCK: ReadonlyMap<string, string> = new Map();

/** Strikes a line out, with the reason first; the last one that was given stands there already. */
function Strike({
  line,
  last,
  onStrike,
}: {
  readonly line: SheetLine;
  readonly last: string;
  readonly onStrike: (line: SheetLine, reason: string) => void;
}) {
  const [reason, setReason] = useState<string | null>(null);
  if (reason === null)
    return (
      <Button look="quiet" onPress={() => setReason(last)}>
        Strike out<span className="unseen"> {line.recipient}</span>
      </Button>
    );
  return (
    <Form
      label={`Strike out ${line.recipient}`}
      submit="Strike out"
      onSubmit={() => onStrike(line, reason)}
      onCancel={() => setReason(null)}
    >
      <ReasonField
        label="Why it was use inside the house"
        value={reason}
        onChange={setReason}
        autoFocus
        hint="Kept on record with what is given."
      />
    </Form>
  );
}

/** An accounting of disclosures as the patient gets it: in plain words, with the only id that is the patient's own. */
export function AccountingSheet({ of, struck = NOBODY_STRUCK, onStrike }: SheetProps) {
  const leftOut = of.counts.filter(({ count, kind }) => count > 0 && !of.listed.includes(kind));
  const last = [...struck.values()].at(-1) ?? "";
  return (
    <article className="card pad patients-accounting" aria-label="Accounting of disclosures">
      <h2>Accounting of disclosures</h2>
      {of.id === null && <p className="patients-draft">Draft. It is given once it is on record.</p>}
      <Facts
        of={{
          Patient: of.patientName === "" ? <span className="muted">name is missing</span> : of.patientName,
          "Patient's id": <code className="id">{of.patient}</code>,
          Organization: of.organization === "" ? <span className="muted">is missing</span> : of.organization,
          Period: (
            <>
              <OnPaper at={of.from} /> until <OnPaper at={of.to} /> ({zone()})
            </>
          ),
          Made: (
            <>
              {of.at !== null && <OnPaper at={of.at} />} by {of.madeBy}
            </>
          ),
          Number: of.id !== null && <code className="id">{of.id}</code>,
        }}
      />
      {of.lines.length === 0 ? (
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
              {onStrike !== undefined && (
                <th scope="col" className="no-print">
                  Use inside the house?
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {of.lines.map((line) => {
              const reason = struck.get(line.key);
              return (
                <tr key={line.key} className={reason === undefined ? "" : "patients-struck no-print"}>
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
                  {onStrike !== undefined && (
                    <td data-label="Use inside the house?" className="no-print">
                      {reason !== undefined ? (
                        <>
                          <p>Struck: {reason}</p>
                          <Button look="quiet" onPress={() => onStrike(line, null)}>
                            List it again
                          </Button>
                        </>
                      ) : line.mayBeUse ? (
                        <Strike line={line} last={last} onStrike={onStrike} />
                      ) : (
                        <span className="muted">No: another organization</span>
                      )}
                    </td>
                  )}
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      <p className="muted">
        {leftOut.length > 0 && (
          <>
            Not listed, as the rule does not ask for it:{" "}
            {leftOut.map(({ count: n, kind }) => `${n.toLocaleString("en-US")} ${LEFT_OUT[kind] ?? kind}`).join(", ")}.{" "}
          </>
        )}
        {of.namingNobody > 0 && (
          <>{count(of.namingNobody, "search", "searches")} named no patient: whose data they showed is not known. </>
        )}
        {of.erased > 0 && (
          <>Of {count(of.erased, "access", "accesses")} it is no longer known whose data they were about. </>
        )}
        {of.archived.length > 0 && <>Not looked at, as it is archived: {of.archived.join(", ")}. </>}
        Listed is each access that was allowed; whether data was then sent, the system that holds it knows.
      </p>
      <p className="patients-signature">
        <span>Signature</span>
        <span>Place and date</span>
      </p>
    </article>
  );
}
