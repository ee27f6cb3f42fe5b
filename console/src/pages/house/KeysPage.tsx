import { useState } from "react";
import { usePages } from "../../api/useAsk.ts";
import { useMay } from "../../session/useSession.ts";
import { Button } from "../../ui/buttons.tsx";
import { Empty } from "../../ui/feedback.tsx";
import type { Filter } from "../../ui/filters.tsx";
import { useLink } from "../../ui/link.ts";
import { ListPage } from "../../ui/listPage.tsx";
import { Id } from "../../ui/names.tsx";
import { When } from "../../ui/when.tsx";
import { words } from "../../ui/words.ts";
import "./house.css";
import { KeyForm, MadeKey } from "./KeyForm.tsx";
import { KeyPanel } from "./KeyPanel.tsx";
import { KeyState, keyState } from "./keyState.tsx";
import { Keys } from "./keys.graphql.ts";
import { RevocationPanel, RevokeTokensForm, revocationList, useRevocations } from "./revocations.tsx";

const SHAPE = { kind: "KEYS", show: "IN_FORCE", id: "", new: "" };
const PAGE = {
  title: "Keys",
  purpose: "Who may call this service: each key with whose it is, what it may do and when it was last used.",
};
const FILTERS: readonly Filter[] = [
  {
    name: "kind",
    label: "Show",
    kind: "segments",
    options: [
      { id: "KEYS", name: "Keys" },
      { id: "TOKENS", name: "Refused tokens" },
    ],
  },
  {
    name: "show",
    label: "State",
    kind: "segments",
    options: [
      { id: "IN_FORCE", name: "In force" },
      { id: "ALL", name: "All" },
    ],
  },
];
interface OfLink {
  readonly link: ReturnType<typeof useLink<typeof SHAPE>>;
}

/** Who may call this service: keys, and tokens that are refused. */
export default function KeysPage() {
  const link = useLink(SHAPE);
  // An inbox links by its own word for the kind.
  return link.values.kind === "KEYS" ? <KeyList link={link} /> : <TokenList link={link} />;
}

/** Makes a key, and shows it the one time that it is shown. */
function NewKey({ onMade, onClose }: { readonly onMade: (id: string) => void; readonly onClose: () => void }) {
  const [made, setMade] = useState<{ readonly text: string; readonly name: string } | null>(null);
  if (made === null)
    return (
      <KeyForm
        onMade={(key) => {
          setMade(key);
          onMade(key.id);
        }}
        onCancel={onClose}
      />
    );
  return (
    <>
      <MadeKey {...made} />
      <div className="form-end">
        <Button onPress={onClose}>I have it</Button>
      </div>
    </>
  );
}

function KeyList({ link }: OfLink) {
  const may = useMay();
  const { id, show } = link.values;
  const pages = usePages(Keys, {}, (answer) => answer.apiKeys);
  const rows = show === "ALL" ? pages.rows : pages.rows.filter((key) => keyState(key) === "IN_FORCE");
  const key = pages.rows.find((each) => each.id === id);
  return (
    <ListPage
      {...PAGE}
      link={link}
      filters={FILTERS}
      begin={
        may("createApiKey") && {
          label: "Make a key",
          look: "primary",
          form: (close) => <NewKey onMade={(made) => link.set({ id: made }, { replace: true })} onClose={close} />,
        }
      }
      pages={{ ...pages, rows }}
      idOf={(each) => each.id}
      empty={
        <Empty title="No key is in force">
          Looked at: {pages.rows.length} keys. People may still sign in with their accounts.
        </Empty>
      }
      columns={[
        { name: "Name", isMain: true, cell: ({ name }) => name },
        {
          name: "Whose",
          cell: ({ subject }) => (subject === null ? <span className="muted">not said</span> : <Id id={subject.id} />),
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
          cell: ({ until }) => (until === null ? <span className="muted">not by itself</span> : <When at={until} />),
        },
        { name: "State", cell: (each) => <KeyState of={each} /> },
      ]}
      panel={key !== undefined && <KeyPanel key={id} apiKey={key} onClose={() => link.set({ id: "" })} />}
    />
  );
}

function TokenList({ link }: OfLink) {
  const may = useMay();
  const { id } = link.values;
  const pages = useRevocations();
  const open = pages.rows.find((each) => each.id === id);
  return (
    <ListPage
      {...PAGE}
      {...revocationList(may("revokeTokens"))}
      link={link}
      filters={FILTERS.slice(0, 1)}
      begin={
        may("revokeTokens") && {
          label: "Refuse tokens",
          look: "danger",
          k: "b",
          form: (close) => <RevokeTokensForm onDone={close} onCancel={close} />,
        }
      }
      pages={pages}
      panel={open !== undefined && <RevocationPanel key={id} revocation={open} onClose={() => link.set({ id: "" })} />}
    />
  );
}
