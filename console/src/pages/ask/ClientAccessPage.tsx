import "./ask.css";
import { useState } from "react";
import { useAsk, usePages } from "../../api/useAsk.ts";
import type { ClientAccessInput, PolicyOperation } from "../../generated/schema.ts";
import { PURPOSE_OPTIONS } from "../../ui/codeWords.ts";
import { Failed, Loading, Note } from "../../ui/feedback.tsx";
import { Segments } from "../../ui/fields.tsx";
import { Filters } from "../../ui/filters.tsx";
import { findOptions } from "../../ui/findOptions.ts";
import { HIDDEN, orNull, useLink } from "../../ui/link.ts";
import { ClientName } from "../../ui/names.tsx";
import { Page } from "../../ui/page.tsx";
import { Split } from "../../ui/panel.tsx";
import { usePersonFinding } from "../../ui/people/PersonField.tsx";
import { personOf } from "../../ui/people/personText.ts";
import { CHANGE, changeOf, changeValues } from "../../ui/policyChange/changeLink.ts";
import { policyOptions } from "../../ui/policyChange/policyOptions.ts";
import { AccessMatrix } from "./AccessMatrix.tsx";
import { Conditions, noonOf } from "./accessWords.tsx";
import { CellPanel } from "./CellPanel.tsx";
import { ClientChoice } from "./ClientChoice.tsx";
import { HeldRoles, HolderAccess, OwnAccess } from "./clientAccess.graphql.ts";
import { everywhere, type Matrix, matrixOf } from "./matrix.ts";
import { NothingReached } from "./NothingReached.tsx";
import { Trying } from "./Trying.tsx";
import { useWhole } from "./useWhole.ts";

const SHAPE = {
  client: "",
  subject: HIDDEN,
  type: "user",
  organization: "",
  purpose: "",
  scopes: "",
  day: "",
  who: "",
  show: "",
  by: "type",
  cell: "",
  ...CHANGE,
} as const;
const FIRST = 500;
const CLIENTS = policyOptions("CLIENT");
const ORGANIZATIONS = findOptions("ORGANIZATION");
const NONE: Matrix = { actions: [], rows: [], squares: [] };

/** What a client can reach: by itself, for whoever holds a role, or for one person; and what a change would make of it. */
export default function ClientAccessPage() {
  const people = usePersonFinding();
  const link = useLink(SHAPE);
  const { by, cell, client, day, organization, purpose, scopes, show, who } = link.values;
  // A link has the type beside the id, the field has both in one.
  const { id: subject, type } = link.values.subject.includes("/")
    ? personOf(link.values.subject)
    : { id: link.values.subject, type: link.values.type };
  const operations = changeOf(link.values);
  const [isFine, setFine] = useState(() => matchMedia("(min-width: 700px)").matches);
  const input: ClientAccessInput = {
    clientId: client,
    purposeOfUse: orNull(purpose),
    organization: orNull(organization),
    scopes: scopes === "" ? null : scopes.split(/\s+/),
    asOf: noonOf(day),
    ...(operations.length > 0 && { operations }),
  };
  const isPerson = subject !== "";
  const own = useAsk(
    OwnAccess,
    { id: client, input: isPerson ? { ...input, subject: { id: subject, type } } : { ...input, by: "SELF" } },
    { when: client !== "" },
  );
  const ownCells = own.data?.clientAccess.cells ?? [];
  const isSelf = who === "self" || (who === "" && (own.data?.client?.assignments.length ?? 0) > 0);
  const byRoles = !isPerson && own.data !== undefined && !isSelf;
  const holders = usePages(
    HolderAccess,
    { input: { ...input, by: "HOLDERS" } },
    ({ clientAccess: { cells, pageInfo } }) => ({ edges: cells.map((node) => ({ node })), pageInfo }),
    { when: byRoles, enough: FIRST },
  );
  const isWhole = useWhole(holders, FIRST);
  const held = useAsk(
    HeldRoles,
    { filter: { subjectId: subject, subjectType: type } },
    { when: isPerson && cell !== "" },
  );

  const cells = byRoles ? holders.rows : ownCells;
  const matrix =
    own.data === undefined || (byRoles && holders.isPending) ? NONE : matrixOf(cells, byRoles ? ownCells : []);
  const common = everywhere(cells);
  const shown = matrix.rows
    .map((row) => ({
      ...row,
      squares: new Map(
        [...row.squares].filter(
          ([, { access, change }]) => show === "" || (show === "changed" ? change !== null : access !== "DENY"),
        ),
      ),
    }))
    .filter(({ squares }) => squares.size > 0);
  const open = matrix.squares.find(({ key }) => key === cell);
  const counted = (access: string) => matrix.squares.filter((square) => square.access === access).length;
  const error = own.error ?? holders.error;
  const isAsking = own.isAsking || holders.isAsking;
  const tryIt = (operation: PolicyOperation) =>
    link.set({ ...changeValues([...operations, operation]), show: show === "" ? "" : show });
  const asked = byRoles && holders.asOf !== null ? holders : own;

  return (
    <Page
      title="What can a client see"
      purpose="Every scope, type and action, and what remains to be met. Nothing is decided by asking."
      {...(client !== "" && { asked: { ...asked, isAsking } })}
    >
      <Filters
        link={link}
        filters={[
          { name: "client", label: "Client", kind: "picker", search: CLIENTS, placeholder: "Choose one" },
          { name: "subject", label: "For a person", kind: "picker", ...people, placeholder: "Anybody" },
          {
            name: "organization",
            label: "Data of",
            kind: "picker",
            search: ORGANIZATIONS,
            placeholder: "Any organization",
          },
          {
            name: "purpose",
            label: "Purpose",
            kind: "select",
            options: [{ id: "", name: "Any purpose" }, ...PURPOSE_OPTIONS],
          },
          { name: "scopes", label: "Scopes presented", kind: "text", placeholder: "All it is granted" },
          { name: "day", label: "At noon of", kind: "day" },
        ]}
      />
      {client === "" && <ClientChoice onChoose={(id) => link.set({ client: id })} />}
      {operations.length > 0 && (
        <Trying
          operations={operations}
          squares={matrix.squares}
          isAsking={isAsking}
          onChange={(next) =>
            link.set({ ...changeValues(next), ...(next.length === 0 && show === "changed" && { show: "" }) })
          }
        />
      )}
      {error !== null && <Failed error={error} retry={own.error === null ? holders.refresh : own.refresh} />}
      {client !== "" && error === null && (own.isPending || (byRoles && holders.isPending)) && <Loading rows={10} />}
      {own.data?.clientAccess.notes.map((note) => (
        <Note key={note} tone="warn">
          {note}
        </Note>
      ))}
      {matrix.squares.length > 0 && (
        <>
          <p className="ask-counts" role="status">
            <ClientName client={own.data?.client ?? null} id={client} />: <b className="number">{counted("ALLOW")}</b>{" "}
            allowed, <b className="number">{counted("CONDITIONAL")}</b> under conditions,{" "}
            <b className="number">{counted("DENY")}</b> denied
            {byRoles && !isWhole && " so far"}
          </p>
          <div className="row ask-bar">
            {!isPerson && (
              <Segments
                label="For"
                value={isSelf ? "self" : "roles"}
                onChange={(next) => link.set({ who: next, cell: "" })}
                options={[
                  { id: "roles", name: "Whoever holds a role" },
                  { id: "self", name: "The client itself" },
                ]}
              />
            )}
            <Segments
              label="Show"
              value={show}
              onChange={(next) => link.set({ show: next })}
              options={[
                { id: "", name: "Everything" },
                { id: "reached", name: "Only what is allowed" },
                ...(operations.length > 0 ? [{ id: "changed", name: "Only what changes" }] : []),
              ]}
            />
            <Segments
              label="Group by"
              value={by}
              onChange={(next) => link.set({ by: next })}
              options={[
                { id: "type", name: "Type" },
                { id: "scope", name: "Scope" },
              ]}
            />
          </div>
          {common.length > 0 && (
            <details className="note" open={isFine} onToggle={(event) => setFine(event.currentTarget.open)}>
              <summary>Whatever is allowed here is so only under these conditions</summary>
              <Conditions texts={common} />
            </details>
          )}
        </>
      )}
      {own.data !== undefined && matrix.squares.every(({ access }) => access === "DENY") && !isAsking && (
        <NothingReached client={own.data.client} cells={ownCells} isPerson={isPerson} byRoles={byRoles} />
      )}
      {matrix.squares.length > 0 && (
        <Split
          list={
            shown.length > 0 ? (
              <AccessMatrix
                matrix={matrix}
                rows={shown}
                by={by === "scope" ? "scope" : "type"}
                openKey={cell}
                onOpen={(key) => link.set({ cell: key === cell ? "" : key })}
              />
            ) : (
              <p className="pad muted">
                {show === "changed"
                  ? "The change leaves all of this as it is."
                  : "Nothing here is allowed. Show everything to see why."}
              </p>
            )
          }
          panel={
            open !== undefined && (
              <CellPanel
                square={open}
                clientId={client}
                common={common}
                held={(held.data?.assignments.edges ?? []).map(({ node: { role, organization: at, subjectType } }) => ({
                  role,
                  organization: at,
                  operation: { unassignRole: { role, organization: at, subjectId: subject, subjectType } },
                }))}
                onTry={tryIt}
                onClose={() => link.set({ cell: "" })}
              />
            )
          }
        />
      )}
    </Page>
  );
}
