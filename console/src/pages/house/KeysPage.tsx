import { useState } from "react";
import { usePages } from "../../api/useAsk.ts";
import { useMay } from "../../session/useSession.ts";
import { Button } from "../../ui/buttons.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Empty } from "../../ui/feedback.tsx";
import { Segments } from "../../ui/fields.tsx";
import { useLink } from "../../ui/link.ts";
import { List } from "../../ui/list.tsx";
import { Id } from "../../ui/names.tsx";
import { Page } from "../../ui/page.tsx";
import { Split } from "../../ui/panel.tsx";
import { When } from "../../ui/when.tsx";
import { words } from "../../ui/words.ts";
import "./house.css";
import { KeyForm, MadeKey } from "./KeyForm.tsx";
import { KeyPanel } from "./KeyPanel.tsx";
import { KeyState, keyState } from "./keyState.tsx";
import { Keys } from "./keys.graphql.ts";
import { RevocationList, RevocationPanel, RevokeTokensForm, useRevocations } from "./revocations.tsx";

const SHAPE = { kind: "KEYS", show: "IN_FORCE", id: "" } as const;

/** Who may call this service: keys, and tokens that are refused. */
export default function KeysPage() {
  const link = useLink(SHAPE);
  const may = useMay();
  const [dialog, setDialog] = useState<"none" | "key" | "tokens">("none");
  const [made, setMade] = useState<{ readonly text: string; readonly name: string } | null>(null);
  const { id, show } = link.values;
  // An inbox links by its own word for the kind.
  const isKeys = link.values.kind === "KEYS";
  const keys = usePages(Keys, {}, (answer) => answer.apiKeys, { when: isKeys });
  const revocations = useRevocations(!isKeys);
  const shown = show === "ALL" ? keys.rows : keys.rows.filter((key) => keyState(key) === "IN_FORCE");
  const key = keys.rows.find((each) => each.id === id);
  const revocation = revocations.rows.find((each) => each.id === id);
  const onOpen = (next: string) => link.set({ id: next });
  const close = () => link.set({ id: "" });
  const leave = () => {
    setDialog("none");
    setMade(null);
  };
  return (
    <Page
      title="Keys"
      purpose="Who may call this service: each key with whose it is, what it may do and when it was last used."
      asked={isKeys ? keys : revocations}
      actions={
        <>
          {isKeys && may("createApiKey") && (
            <Button look="primary" k="n" onPress={() => setDialog("key")}>
              Make a key
            </Button>
          )}
          {!isKeys && may("revokeTokens") && (
            <Button look="danger" k="b" onPress={() => setDialog("tokens")}>
              Refuse tokens
            </Button>
          )}
        </>
      }
    >
      <div className="stack">
        <div className="filter-fields">
          <Segments
            label="Show"
            value={isKeys ? "KEYS" : "TOKENS"}
            onChange={(kind) => link.set({ kind, id: "" })}
            options={[
              { id: "KEYS", name: "Keys" },
              { id: "TOKENS", name: "Refused tokens" },
            ]}
          />
          {isKeys && (
            <Segments
              label="State"
              value={show}
              onChange={(next) => link.set({ show: next })}
              options={[
                { id: "IN_FORCE", name: "In force" },
                { id: "ALL", name: "All" },
              ]}
            />
          )}
        </div>
        <Split
          list={
            isKeys ? (
              <List
                caption="Keys"
                pages={{ ...keys, rows: shown }}
                idOf={(each) => each.id}
                openId={id}
                onOpen={onOpen}
                empty={
                  <Empty title="No key is in force">
                    Looked at: {keys.rows.length} keys. People may still sign in with their accounts.
                  </Empty>
                }
                columns={[
                  { name: "Name", isMain: true, cell: ({ name }) => name },
                  {
                    name: "Whose",
                    cell: ({ subject }) =>
                      subject === null ? <span className="muted">not said</span> : <Id id={subject.id} />,
                  },
                  { name: "May", cell: ({ roles }) => roles.map(words).join(", ") },
                  {
                    name: "Last used",
                    isMinor: true,
                    cell: ({ lastUsedAt }) =>
                      lastUsedAt === null ? <span className="muted">not yet</span> : <When at={lastUsedAt} />,
                  },
                  {
                    name: "Ends",
                    cell: ({ until }) =>
                      until === null ? <span className="muted">not by itself</span> : <When at={until} />,
                  },
                  { name: "State", cell: (each) => <KeyState of={each} /> },
                ]}
              />
            ) : (
              <RevocationList id={id} onOpen={onOpen} pages={revocations} />
            )
          }
          panel={
            isKeys
              ? key !== undefined && <KeyPanel key={id} apiKey={key} onClose={close} />
              : revocation !== undefined && <RevocationPanel key={id} revocation={revocation} onClose={close} />
          }
        />
      </div>
      <Dialog
        title={made === null ? "Make a key" : "It is made"}
        isOpen={dialog === "key"}
        onClose={leave}
        isWide
        mayClose
      >
        {made === null ? (
          <KeyForm
            onMade={(key) => {
              setMade(key);
              link.set({ id: key.id });
            }}
            onCancel={leave}
          />
        ) : (
          <>
            <MadeKey {...made} />
            <div className="form-end">
              <Button onPress={leave}>I have it</Button>
            </div>
          </>
        )}
      </Dialog>
      <Dialog title="Refuse tokens" isOpen={dialog === "tokens"} onClose={leave} isWide>
        <RevokeTokensForm onDone={leave} onCancel={leave} />
      </Dialog>
    </Page>
  );
}
