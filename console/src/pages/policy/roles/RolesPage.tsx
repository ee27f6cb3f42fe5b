import { usePages } from "../../../api/useAsk.ts";
import type { Effect } from "../../../generated/schema.ts";
import { Empty } from "../../../ui/feedback.tsx";
import { Segments } from "../../../ui/fields.tsx";
import { findOptions } from "../../../ui/findOptions.ts";
import { orNull, useLink } from "../../../ui/link.ts";
import { ListPage } from "../../../ui/listPage.tsx";
import { OutcomeMark } from "../../../ui/marks.tsx";
import { useMayChange } from "../../../ui/propose/ChangeForm.tsx";
import { Breakable } from "../change/Breakable.tsx";
import { ScopeName } from "../scopes/ScopeName.tsx";
import "../policy.css";
import { RoleForm } from "./RoleForm.tsx";
import { RolePanel } from "./RolePanel.tsx";
import { RuleForm } from "./RuleForm.tsx";
import { RulePanel } from "./RulePanel.tsx";
import { Roles, type RolesResult, Rules } from "./roles.graphql.ts";

const SHAPE = { show: "", begins: "", of: "", effect: "", role: "", rule: "", new: "" };
type Link = ReturnType<typeof useLink<typeof SHAPE>>;

/** Each once, as one may hold a role in several organizations. */
function heldBy(assignments: RolesResult["roles"]["edges"][number]["node"]["assignments"]): string {
  const holders = [
    ...new Set(assignments.map(({ subjectId, clientId, client }) => subjectId ?? client?.name ?? clientId)),
  ];
  return `${holders.slice(0, 5).join(", ")}${assignments.length > 5 ? " and others" : ""}`;
}

/** Who holds what, and what that lets them do. */
export default function RolesPage() {
  const link = useLink(SHAPE);
  const { show, rule, role } = link.values;
  // Whoever comes to a rule sees it among rules.
  return show === "rules" || (show === "" && rule !== "" && role === "") ? (
    <RuleList link={link} />
  ) : (
    <RoleList link={link} />
  );
}

const Which = ({ link, of }: { readonly link: Link; readonly of: "roles" | "rules" }) => (
  <Segments
    label="Show"
    value={of}
    onChange={(show) => link.set({ show, role: "", rule: "", begins: "", of: "", effect: "", new: "" })}
    options={[
      { id: "roles", name: "Roles" },
      { id: "rules", name: "Rules" },
    ]}
  />
);

const PURPOSE =
  "A person holds roles; a rule says what holders of a role may do with a scope, and under which condition.";

function PanelOf({ link }: { readonly link: Link }) {
  const { role, rule } = link.values;
  if (rule !== "") return <RulePanel key={rule} id={rule} onClose={() => link.set({ rule: "" })} />;
  return (
    role !== "" && (
      <RolePanel
        key={role}
        name={role}
        onRule={(id) => link.set({ rule: id })}
        onClose={() => link.set({ role: "" })}
      />
    )
  );
}

function RoleList({ link }: { readonly link: Link }) {
  const { begins, role, rule } = link.values;
  const mayChange = useMayChange();
  const pages = usePages(Roles, { filter: { namePrefix: orNull(begins) } }, (answer) => answer.roles);
  const panel = PanelOf({ link });
  return (
    <ListPage
      title="Roles and rules"
      purpose={PURPOSE}
      begin={mayChange && { label: "New role", form: (close) => <RoleForm onClose={close} /> }}
      link={link}
      filters={[{ name: "begins", label: "Name begins with", kind: "begins" }]}
      more={<Which link={link} of="roles" />}
      listClass="policy-list"
      caption="Roles"
      pages={pages}
      idOf={(row) => row.name}
      openId={rule === "" ? role : ""}
      opens={(name) => ({ role: name, rule: "" })}
      empty={
        <Empty title="No role is here">
          {begins === "" ? "The policy has no role yet." : "No role of the policy begins so."}
        </Empty>
      }
      columns={[
        {
          name: "Role",
          isMain: true,
          cell: ({ name, description }) => (
            <>
              <Breakable text={name} />
              {description !== null && <span className="kind">{description}</span>}
            </>
          ),
        },
        { name: "Has also what these have", isMinor: true, cell: ({ inherits }) => inherits.join(", ") },
        {
          name: "Held by",
          isSpare: true,
          cell: ({ assignments }) =>
            assignments.length === 0 ? <span className="muted">nobody</span> : heldBy(assignments),
        },
        {
          name: "Rules",
          isNumber: true,
          cell: ({ rules }) => (rules.length === 100 ? "100 or more" : rules.length),
        },
      ]}
      panel={panel}
    />
  );
}

function RuleList({ link }: { readonly link: Link }) {
  const { of, effect, rule } = link.values;
  const mayChange = useMayChange();
  const pages = usePages(
    Rules,
    { filter: { role: orNull(of), effect: orNull<Effect>(effect) } },
    (answer) => answer.rules,
  );
  const panel = PanelOf({ link });
  return (
    <ListPage
      title="Roles and rules"
      purpose={PURPOSE}
      begin={mayChange && { label: "New rule", form: (close) => <RuleForm role={of} onClose={close} /> }}
      link={link}
      filters={[
        {
          name: "effect",
          label: "Effect",
          kind: "segments",
          options: [
            { id: "", name: "All" },
            { id: "ALLOW", name: "Allow" },
            { id: "DENY", name: "Deny" },
          ],
        },
        { name: "of", label: "Of the role", kind: "picker", search: findOptions("ROLE") },
      ]}
      more={<Which link={link} of="rules" />}
      listClass="policy-list"
      caption="Rules"
      pages={pages}
      idOf={(row) => row.id}
      openId={rule}
      opens={(id) => ({ rule: id, role: "", show: "rules" })}
      empty={
        <Empty title="No rule is here">
          {of === "" && effect === ""
            ? "Without a rule nothing is allowed."
            : "No rule of the policy names this role and has this effect."}
        </Empty>
      }
      columns={[
        {
          name: "Rule",
          isMain: true,
          cell: ({ id, description }) => (
            <>
              <Breakable text={id} />
              {description !== null && <span className="kind">{description}</span>}
            </>
          ),
        },
        {
          name: "Effect",
          cell: (row) => <OutcomeMark of={row.effect} text={row.effect === "ALLOW" ? "Allow" : "Deny"} />,
        },
        {
          name: "Role",
          cell: (row) => (row.role === "*" ? <span className="muted">anybody</span> : <Breakable text={row.role} />),
        },
        {
          name: "Scope",
          isMinor: true,
          cell: (row) => (row.scope === "*" ? <span className="muted">any</span> : <ScopeName name={row.scope} />),
        },
        {
          name: "Data",
          isMinor: true,
          cell: (row) => (row.resourceType === "*" ? <span className="muted">any</span> : row.resourceType),
        },
        {
          name: "Condition",
          isMinor: true,
          cell: (row) => row.when !== null && <code className="policy-cut">{row.when}</code>,
        },
      ]}
      panel={panel}
    />
  );
}
