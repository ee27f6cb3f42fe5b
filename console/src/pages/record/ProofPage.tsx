import { useState } from "react";
import { useAct, useAsk } from "../../api/useAsk.ts";
import { Button } from "../../ui/buttons.tsx";
import { download } from "../../ui/download.ts";
import { Empty, Note } from "../../ui/feedback.tsx";
import { TextField } from "../../ui/fields.tsx";
import { Form, useFields } from "../../ui/form.tsx";
import { useLink } from "../../ui/link.ts";
import { Page } from "../../ui/page.tsx";
import { Facts, Section } from "../../ui/panel.tsx";
import { When } from "../../ui/when.tsx";
import { count } from "../../ui/words.ts";
import { Command } from "./Command.tsx";
import { Proof, type ProofResult, PublicKeys } from "./proof.graphql.ts";

const SHAPE = { id: "" } as const;

/** What the file proves, in the words of the entry itself. */
function decisionOf({ entry, openings }: ProofResult["inclusionProof"]) {
  const { record } = JSON.parse(entry) as {
    readonly record: {
      readonly id?: string;
      readonly outcome?: string;
      readonly decidedAt?: number;
      readonly at?: number;
      readonly request?: {
        readonly action?: string;
        readonly clientId?: string;
        readonly resource?: { readonly type?: string };
      };
    };
  };
  const { action, clientId, resource } = record.request ?? {};
  return {
    outcome: record.outcome,
    what: [action, resource?.type].filter(Boolean).join(" of "),
    clientId,
    people: openings.length,
  };
}

function ProofView({ id, proof }: { readonly id: string; readonly proof: ProofResult["inclusionProof"] }) {
  const keys = useAsk(PublicKeys, {});
  const file = `decision-${id}.json`;
  const { clientId, outcome, people, what } = decisionOf(proof);
  const { checkpoint, index } = proof;
  return (
    <div className="record-two">
      <section className="card pad stack" aria-label="The proof">
        <h2>It is on record</h2>
        <Facts
          of={{
            Decision: <code className="id">{id}</code>,
            Outcome: outcome,
            About: what,
            Client: clientId,
            Place: `${(index + 1).toLocaleString("en-US")} of ${checkpoint.size.toLocaleString("en-US")} acts`,
            Checkpoint: (
              <>
                signed <When at={checkpoint.at} />
              </>
            ),
          }}
        />
        {people === 0 ? (
          <Note>What identifies people in it is erased, as its time is over. The rest is proved all the same.</Note>
        ) : (
          <Note tone="warn">
            The file names people: it has {count(people, "value")} that identify them. Keep it as you keep the record.
          </Note>
        )}
      </section>
      <section className="card pad" aria-label="How it is verified">
        <ol className="record-steps">
          <li>
            <Section title="Take the proof">
              <div className="form-end">
                <Button
                  look="primary"
                  k="d"
                  onPress={() => download(file, [`${JSON.stringify(proof, null, 2)}\n`], "application/json")}
                >
                  Download the proof
                </Button>
              </div>
            </Section>
          </li>
          <li>
            <Section title="Take the public key">
              <p className="muted">Better: the one that you were given by another way, or kept before.</p>
              <div className="form-end">
                <Button
                  isDisabled={keys.data === undefined}
                  onPress={() =>
                    download(
                      "record.pub",
                      (keys.data?.checkpointKeys ?? []).map(({ publicKey }) => `${publicKey}\n`),
                    )
                  }
                >
                  Download record.pub
                </Button>
              </div>
            </Section>
          </li>
          <li>
            <Section title="Verify, without this service">
              <Command text={`scopewarden record verify-proof ${file} --public-key record.pub`} />
              <p>
                <strong>Proved</strong> and exit code 0: the decision was on record by then, just so.{" "}
                <strong>Not proved</strong> or <strong>Refuted</strong> and code 1: somebody changed the file, or it is
                of another record.
              </p>
            </Section>
          </li>
          <li>
            <Section title="For a patient or a court">
              <Command text={`scopewarden record verify-proof ${file} --public-key record.pub --html decision.html`} />
              <p className="muted">Writes a page for print that says what was proved.</p>
            </Section>
          </li>
        </ol>
      </section>
    </div>
  );
}

/** That a decision is on record as it says, for whoever trusts neither this service nor who runs it. */
export default function ProofPage() {
  const link = useLink(SHAPE);
  const { id } = link.values;
  const [{ decisionId: text }, field] = useFields({ decisionId: id });
  const [found, setFound] = useState<{ readonly id: string; readonly proof: ProofResult["inclusionProof"] } | null>(
    null,
  );
  const act = useAct(Proof);
  const prove = async () => {
    const wanted = text.trim();
    link.set({ id: wanted });
    const answer = await act.run({ id: wanted });
    setFound(answer === null ? null : { id: wanted, proof: answer.inclusionProof });
  };
  return (
    <Page
      title="Proof of a decision"
      purpose="That a decision is on record, and unchanged: a file that anybody can verify. That you ask is put on record."
    >
      <div className="stack">
        <div className="card pad">
          <div className="record-form">
            <Form
              submit="Make the proof"
              onSubmit={() => void prove()}
              isRunning={act.isRunning}
              error={act.error}
              label="Make the proof"
            >
              <TextField
                label="Decision's id"
                isCode
                isRequired
                {...field("decisionId")}
                hint="From a decision, an answer of the service, or a log."
                autoFocus={id === ""}
              />
            </Form>
          </div>
        </div>
        {found === null ? (
          act.error === null && (
            <div className="card">
              <Empty title="No proof yet">
                It is made against the newest checkpoint; if none has the decision yet, one is signed.
              </Empty>
            </div>
          )
        ) : (
          <ProofView key={found.id} {...found} />
        )}
      </div>
    </Page>
  );
}
