import { useState } from "react";
import { useAct, useAsk } from "../../api/useAsk.ts";
import { Button } from "../../ui/buttons.tsx";
import { download } from "../../ui/download.ts";
import { Empty, Failed, Loading, Note } from "../../ui/feedback.tsx";
import { TextField } from "../../ui/fields.tsx";
import { Form, useFields } from "../../ui/form.tsx";
import { allRows, List } from "../../ui/list.tsx";
import { Chip } from "../../ui/marks.tsx";
import { Page } from "../../ui/page.tsx";
import { Facts } from "../../ui/panel.tsx";
import { fromNow, When } from "../../ui/when.tsx";
import { Command } from "./Command.tsx";
import { Consistency, type ConsistencyResult, Newest, type NewestResult } from "./proof.graphql.ts";

type Checkpoint = NonNullable<NewestResult["checkpoint"]>;
const number = (n: number): string => n.toLocaleString("en-US");
const STALE_MS = 10 * 60_000;

function NewestCard({ checkpoint, asOf }: { readonly checkpoint: Checkpoint; readonly asOf: Date }) {
  const { at, note, origin, rootHash, size } = checkpoint;
  const isOld = asOf.getTime() - Date.parse(at) > STALE_MS;
  return (
    <section className="card pad stack" aria-label="The newest checkpoint">
      <h2>Signed {fromNow(at)}</h2>
      <Facts
        of={{
          At: <When at={at} />,
          Acts: number(size),
          Record: origin,
          Root: <code className="record-hash">{rootHash}</code>,
        }}
      />
      {isOld && (
        <Note>
          One is signed each minute in which something is put on record. If there was something since, the service signs
          no more: see its log.
        </Note>
      )}
      <p>
        Keep it where nobody who can change the database can change it: it speaks for all that was on record before it.
      </p>
      <div className="form-end">
        <Button look="primary" k="d" onPress={() => download(`checkpoint-${size}.txt`, [note])}>
          Download the checkpoint
        </Button>
      </div>
      <Command text="scopewarden record checkpoint --output kept/" />
      <p className="muted small">Does the same by a timer, and compares it with the key that was kept.</p>
    </section>
  );
}

function ConsistencyForm({ size }: { readonly size: number }) {
  const [{ from, to }, field] = useFields({ from: "", to: String(size) });
  const [proof, setProof] = useState<ConsistencyResult["consistencyProof"] | null>(null);
  const act = useAct(Consistency, (answer) => setProof(answer.consistencyProof));
  return (
    <section className="card pad stack" aria-label="Has the record only grown?">
      <h2>Has the record only grown?</h2>
      <p className="muted">
        The proof that a later checkpoint has all of an earlier one, for a verifier of RFC 6962. Type the sizes of both.
      </p>
      <Form
        submit="Make the proof"
        onSubmit={() => void act.run({ from: Number(from), to: Number(to) })}
        isRunning={act.isRunning}
        error={act.error}
        label="Consistency"
      >
        <div className="record-pair">
          <TextField label="Earlier size" type="number" isRequired {...field("from")} />
          <TextField label="Later size" type="number" isRequired {...field("to")} />
        </div>
      </Form>
      {proof !== null && (
        <>
          <p role="status">
            <strong>
              The proof from {number(proof.from)} to {number(proof.to)} acts
            </strong>{" "}
            has {proof.hashes.length} hashes.
          </p>
          <div className="form-end">
            <Button
              onPress={() =>
                download(
                  `consistency-${proof.from}-${proof.to}.json`,
                  [`${JSON.stringify(proof, null, 2)}\n`],
                  "application/json",
                )
              }
            >
              Download it
            </Button>
          </div>
        </>
      )}
      <p className="muted">To compare the whole database with checkpoints that you kept:</p>
      <Command text="scopewarden record verify --public-key record.pub --checkpoint kept/checkpoints.txt" />
    </section>
  );
}

/** The signed heads of the record, and the keys that signed them. */
export default function CheckpointsPage() {
  const asked = useAsk(Newest, {});
  const { checkpoint, checkpointKeys } = asked.data ?? {};
  return (
    <Page
      title="Checkpoints"
      purpose="The record's signed heads: with one and the public key anybody can prove later that nothing before it was changed."
      asked={asked}
    >
      <div className="stack">
        {asked.error !== null && <Failed error={asked.error} retry={asked.refresh} />}
        {asked.isPending && <Loading />}
        {asked.data !== undefined && asked.asOf !== null && (
          <div className="record-two">
            {checkpoint == null ? (
              <div className="card">
                <Empty title="None was signed yet">
                  One is signed within a minute after something is put on record. If none comes, the private key is
                  missing.
                </Empty>
              </div>
            ) : (
              <NewestCard checkpoint={checkpoint} asOf={asked.asOf} />
            )}
            <ConsistencyForm size={checkpoint?.size ?? 0} />
          </div>
        )}
        <div className="card">
          <List
            caption="Public keys"
            pages={allRows(checkpointKeys, asked)}
            idOf={({ publicKey }) => publicKey}
            empty={<Empty title="No key">The service makes one at its first start.</Empty>}
            columns={[
              {
                name: "Public key",
                isMain: true,
                cell: ({ publicKey }) => <code className="record-hash">{publicKey}</code>,
              },
              { name: "Since", cell: ({ at }) => <When at={at} /> },
              {
                name: "Signs",
                cell: ({ sinceSize, untilSize }) =>
                  untilSize === null ? (
                    <Chip tone="good">now, from act {number(sinceSize)} on</Chip>
                  ) : (
                    `acts ${number(sinceSize)} to ${number(untilSize)}`
                  ),
              },
            ]}
          />
        </div>
        {checkpointKeys !== undefined && checkpointKeys.length > 0 && (
          <div className="form-end">
            <Button
              onPress={() =>
                download(
                  "record.pub",
                  checkpointKeys.map(({ publicKey }) => `${publicKey}\n`),
                )
              }
            >
              Download record.pub
            </Button>
            <span className="muted">Compare it with what you were given by another way.</span>
          </div>
        )}
      </div>
    </Page>
  );
}
