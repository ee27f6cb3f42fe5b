import { useEffect, useState } from "react";
import { useAct, useAsk, usePages } from "../../api/useAsk.ts";
import { useMay, useViewer } from "../../session/useSession.ts";
import { Button } from "../../ui/buttons.tsx";
import { Failed, Loading, Note } from "../../ui/feedback.tsx";
import { TextField } from "../../ui/fields.tsx";
import { Form, useFields } from "../../ui/form.tsx";
import { count } from "../../ui/words.ts";
import { AccountingSheet, type SheetLine } from "./AccountingSheet.tsx";
import { accountingLines } from "./accountingLines.ts";
import { GivenBefore } from "./GivenBefore.tsx";
import { Accounting, GiveAccounting, type GivenAccounting, SoleOrganization, Suspended } from "./whoSaw.graphql.ts";

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

/** An accounting of disclosures (45 CFR 164.528): read, struck where it was use inside the house, given and kept, and printed. */
export function AccountingView({ patient, window }: AccountingViewProps) {
  const pages = usePages(Accounting, { patient, ...window }, (answer) => answer.accountingOfDisclosures, {
    enough: 10_000,
  });
  const { name } = useViewer();
  const may = useMay();
  const organizations = useAsk(SoleOrganization, {}, { when: may("organizations") });
  const [typed, setTyped] = useState<string | null>(null);
  const [{ patientName }, field] = useFields({ patientName: "" });
  const [struck, setStruck] = useState<ReadonlyMap<string, string>>(new Map());
  const [given, setGiven] = useState<GivenAccounting | null>(null);
  const act = useAct(GiveAccounting, ({ giveAccounting }) => setGiven(giveAccounting));
  const { hasMore, isAsking, more, error } = pages;
  // On paper there is no "Show more".
  useEffect(() => {
    if (hasMore && !isAsking && error === null) more();
  }, [hasMore, isAsking, more, error]);
  const known = pages.first?.accountingOfDisclosures;
  if (given !== null) return <GivenSheet given={given} onClose={() => setGiven(null)} />;
  if (error !== null) return <Failed error={error} retry={pages.refresh} />;
  if (known === undefined) return <Loading />;
  const lines = accountingLines(
    pages.rows.map(({ recipient: { address }, inPlainWords, ...row }) => ({ ...row, address, ...inPlainWords })),
  );
  const named = organizations.data?.organizations.edges.filter(({ node }) => node.id !== "*") ?? [];
  const organization = typed ?? (named.length === 1 ? (named[0]?.node.name ?? "") : "");
  const give = () =>
    void act.run({
      input: {
        ...{ patient, from: known.from, to: known.to, organization, read: pages.rows.length },
        patientName: known.patientName === null ? patientName : null,
        struck: lines.flatMap(({ decisionIds, key }) => {
          const reason = struck.get(key);
          return reason === undefined ? [] : [{ decisionIds, reason }];
        }),
      },
    });
  const strike = (line: SheetLine, reason: string | null) => {
    const next = new Map(struck);
    if (reason === null) next.delete(line.key);
    else next.set(line.key, reason);
    setStruck(next);
  };
  return (
    <>
      <div className="no-print stack">
        <SuspendedNote patient={patient} />
        {known.notes.map((note) => (
          <Note key={note} tone="warn">
            {note}
          </Note>
        ))}
        <div className="card pad">
          <Form
            label="Give the accounting"
            submit={hasMore ? "Reading all of it…" : "Give this accounting"}
            isDisabled={hasMore}
            isRunning={act.isRunning}
            error={act.error}
            onSubmit={give}
            more={
              <span className="muted">
                Read it first. What is given is kept on record, with what was struck; then it is printed.
              </span>
            }
          >
            <div className="patients-pair">
              {known.patientName === null && (
                <TextField
                  label="The patient's name"
                  {...field("patientName")}
                  isRequired
                  hint="The directory has none: it stands on this sheet as you type it."
                />
              )}
              <TextField
                label="Organization"
                name="organization"
                value={organization}
                onChange={setTyped}
                isRequired
                hint="For which it is made, as on its letters."
              />
            </div>
          </Form>
        </div>
      </div>
      <AccountingSheet
        of={{
          ...{ id: null, patient, organization, from: known.from, to: known.to, madeBy: name },
          patientName: known.patientName ?? patientName,
          at: pages.asOf?.toISOString() ?? null,
          ...{ lines, counts: known.counts, listed: known.listed, namingNobody: known.namingNobody },
          ...{ erased: known.erased, archived: known.archived.map(({ month }) => month) },
        }}
        struck={struck}
        onStrike={strike}
      />
      <GivenBefore patient={patient} onOpen={setGiven} />
    </>
  );
}

/** What was given, as it stands on record, to print. */
function GivenSheet({ given, onClose }: { readonly given: GivenAccounting; readonly onClose: () => void }) {
  const lines = given.lines.map((line, i) => ({ ...line, at: line.last, key: `${i}`, mayBeUse: false }));
  return (
    <>
      <div className="no-print stack">
        <Note>It is on record as it stands here.</Note>
        <div className="form-end">
          <Button look="primary" k="p" onPress={() => globalThis.print()}>
            Print the accounting
          </Button>
          <Button look="quiet" onPress={onClose}>
            Back
          </Button>
        </div>
        {given.struck.length > 0 && (
          <div className="card pad">
            <h3>Struck, and not on the sheet</h3>
            <ul>
              {given.struck.map(({ lines: out, reason }) =>
                out.map((line) => (
                  <li key={`${line.recipient} ${line.data} ${line.purpose} ${line.first}`}>
                    {count(line.times, "access", "accesses")} by {line.recipient}: {line.data}. {reason}
                  </li>
                )),
              )}
            </ul>
          </div>
        )}
      </div>
      <AccountingSheet
        of={{
          ...{ id: given.id, at: given.at, madeBy: given.by.name, from: given.from, to: given.to, lines },
          ...{ patient: given.patient ?? "", patientName: given.patientName ?? "" },
          ...{ organization: given.organization ?? "", counts: given.counts, listed: given.kinds },
          ...{ namingNobody: given.namingNobody, erased: given.erased, archived: [] },
        }}
      />
    </>
  );
}
