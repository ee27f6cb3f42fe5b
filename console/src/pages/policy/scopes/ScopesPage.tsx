import { useAsk, usePages } from "../../../api/useAsk.ts";
import type { ScopeState } from "../../../generated/schema.ts";
import { Empty } from "../../../ui/feedback.tsx";
import { orNull, useLink } from "../../../ui/link.ts";
import { ListPage } from "../../../ui/listPage.tsx";
import { StateChip } from "../../../ui/marks.tsx";
import { useMayChange } from "../../../ui/propose/ChangeForm.tsx";
import { Day } from "../../../ui/when.tsx";
import { daysAgo } from "../change/usesSince.ts";
import "../policy.css";
import { ScopeForm } from "./ScopeForm.tsx";
import { ScopeName } from "./ScopeName.tsx";
import { ScopePanel } from "./ScopePanel.tsx";
import { Scopes, ScopesUsed } from "./scopes.graphql.ts";

const SHAPE = { state: "", begins: "", id: "", version: "", step: "", new: "" };
const STATES = ["", "ACTIVE", "DRAFT", "DEPRECATED", "RETIRED"].map((id) => ({
  id,
  name: id === "" ? "All" : id.charAt(0) + id.slice(1).toLowerCase(),
}));

/** What may be asked for, and how far each is in its life. */
export default function ScopesPage() {
  const link = useLink(SHAPE);
  const { state, begins, id, version, step } = link.values;
  const mayChange = useMayChange();
  const filter = { state: orNull<ScopeState>(state), namePrefix: orNull(begins) };
  const pages = usePages(Scopes, { filter }, (answer) => answer.scopes);
  const used = useAsk(ScopesUsed, { from: daysAgo(30) });
  const uses = new Map(used.data?.stats.rows.map(({ key, allowed }) => [key[0], allowed ?? 0]));
  const opens = (row: string) => {
    const [name = "", of = ""] = row.split(" ");
    return { id: name, version: of, step: "" };
  };
  const close = () => link.set({ id: "", version: "", step: "" });
  const shown = pages.rows.find((row) => row.name === id && (version === "" || String(row.version) === version));
  return (
    <ListPage
      title="Scopes"
      purpose="What an application may ask for: how far each is in its life, who holds it, and how much it is used."
      begin={mayChange && { label: "New scope", form: (close) => <ScopeForm onClose={close} /> }}
      link={link}
      filters={[
        { name: "state", label: "State", kind: "segments", options: STATES },
        { name: "begins", label: "Name begins with", kind: "begins" },
      ]}
      listClass="policy-list"
      pages={pages}
      idOf={(row) => `${row.name} ${row.version}`}
      openId={shown === undefined ? "" : `${shown.name} ${shown.version}`}
      opens={opens}
      empty={
        <Empty title="No scope is here">
          {state === "" && begins === ""
            ? "The policy has no scope yet, so nothing can be allowed."
            : "No scope of the policy has this state and this beginning of its name."}
        </Empty>
      }
      columns={[
        {
          name: "Scope",
          isMain: true,
          cell: ({ name, title, version: of }) => (
            <>
              <ScopeName name={name} />
              {of > 1 && <span className="muted small"> v{of}</span>}
              {title !== null && <span className="kind">{title}</span>}
            </>
          ),
        },
        { name: "State", cell: (row) => <StateChip state={row.state} /> },
        {
          name: "Used in 30 days",
          isNumber: true,
          cell: ({ name }) => (used.data === undefined ? "" : (uses.get(name) ?? 0).toLocaleString("en-US")),
        },
        {
          name: "Held by",
          isMinor: true,
          cell: ({ clients }) =>
            clients.length === 0 ? (
              <span className="muted">nobody by name</span>
            ) : (
              `${clients
                .slice(0, 3)
                .map(({ name }) => name)
                .join(", ")}${clients.length > 3 ? " and others" : ""}`
            ),
        },
        { name: "Ends", isMinor: true, cell: (row) => <Day at={row.sunsetAt} /> },
      ]}
      panel={
        id !== "" && (
          <ScopePanel
            key={`${id} ${version}`}
            name={id}
            version={version === "" ? null : Number(version)}
            onVersion={(v) => link.set({ version: String(v), step: "" })}
            step={step}
            onStep={(step) => link.set({ step })}
            onClose={close}
          />
        )
      }
    />
  );
}
