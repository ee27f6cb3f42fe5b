import { Link } from "@tanstack/react-router";
import { Share } from "../../ui/charts.tsx";
import { Empty, Note } from "../../ui/feedback.tsx";
import { FLIP_KINDS, ReplayFigures } from "../../ui/impact/ReplayView.tsx";
import { List, ready } from "../../ui/list.tsx";
import { OutcomeMark } from "../../ui/marks.tsx";
import { ClientName, PatientName, SubjectName } from "../../ui/names.tsx";
import { Panel, Split } from "../../ui/panel.tsx";
import { When } from "../../ui/when.tsx";
import { count, figure, sum } from "../../ui/words.ts";
import type { Flips, Replayed } from "./whatIf.graphql.ts";

type Group = Replayed["groups"][number];

const MOST = 6;
const groupKey = ({ kind, clientId, role, scope, resourceType, action }: Group): string =>
  [kind, clientId, role, scope, resourceType, action].join("|");
const flipsOf = ({ allowToDeny, denyToAllow, narrowed, widened, otherObligations }: Flips): number | null =>
  sum([allowToDeny, denyToAllow, narrowed, widened, otherObligations]);
/** Which way most of them go; of few nobody but an auditor is told how many, so each counts alike. */
const isMostlyDenied = ({ allowToDeny, denyToAllow, narrowed, widened }: Flips): boolean =>
  (allowToDeny ?? 1) + (narrowed ?? 1) >= (denyToAllow ?? 1) + (widened ?? 1);

/** By one of what flips have in common, most first. */
function Counts({
  title,
  counts,
  total,
}: {
  readonly title: string;
  readonly counts: readonly Flips[];
  readonly total: number | null;
}) {
  return (
    <section>
      <h3>{title}</h3>
      <ul className="ask-shares">
        {counts.slice(0, MOST).map((one) => (
          <li key={one.key}>
            <span>{one.key || "none said"}</span>
            <Share of={flipsOf(one) ?? 1} most={total ?? 10} tone={isMostlyDenied(one) ? "DENY" : "ALLOW"} />
            <b className="number">{figure(flipsOf(one))}</b>
          </li>
        ))}
      </ul>
      {counts.length > MOST && <p className="muted small">and {counts.length - MOST} more</p>}
    </section>
  );
}

/** The newest decisions of a group, before and after. */
function GroupPanel({
  group,
  samples,
  onClose,
}: {
  readonly group: Group;
  readonly samples: Replayed["samples"];
  readonly onClose: () => void;
}) {
  const own = samples.filter(({ decision }) => group.samples.includes(decision.id));
  const others = group.samples.filter((id) => own.every(({ decision }) => decision.id !== id));
  return (
    <Panel
      label="Decisions of this group"
      title={`${group.action} ${group.resourceType}`}
      above={FLIP_KINDS[group.kind]}
      onClose={onClose}
    >
      <p>
        {group.role !== null && <code className="ask-role">{group.role}</code>} {count(group.decisions, "decision")} on{" "}
        {count(group.days, "day")}, of {count(group.people, "person", "people")}, about{" "}
        {count(group.patients, "patient")}; the last <When at={group.lastAt} />.
      </p>
      {own.map(({ decision, base, after }) => (
        <section key={decision.id} className="ask-same">
          <header>
            <When at={decision.decidedAt} />
            <span className="about">
              <SubjectName
                subject={decision.subjectId === null ? null : { id: decision.subjectId, type: decision.subjectType }}
              />
              {decision.patients.slice(0, 3).map((id) => (
                <PatientName key={id} id={id} />
              ))}
            </span>
          </header>
          <div className="ask-before">
            <OutcomeMark of={base.outcome} /> <span className="muted">{base.reasons[0]?.message}</span>
          </div>
          <div className="ask-before">
            <OutcomeMark of={after.outcome} /> <span>{after.reasons[0]?.message}</span>
          </div>
          <Link to="/why" search={{ id: decision.id } as never}>
            Why it came out so then
          </Link>
        </section>
      ))}
      {others.map((id) => (
        <Link key={id} to="/why" search={{ id } as never}>
          Why <code>{id}</code> came out so
        </Link>
      ))}
      {group.samples.length === 0 && <Note>Single decisions of it are shown to auditors alone.</Note>}
    </Panel>
  );
}

/** What a change would have done: how many first, by what they have in common, then the groups, then single decisions. */
export function Impact({
  replay,
  openGroup,
  onOpen,
}: {
  readonly replay: Replayed;
  readonly openGroup: string;
  readonly onOpen: (key: string) => void;
}) {
  const { groups, notReplayable, causes, ungrouped } = replay;
  const total = sum([
    ...[replay.allowToDeny, replay.denyToAllow],
    ...[replay.narrowed, replay.widened, replay.otherObligations],
  ]);
  const open = groups.find((group) => groupKey(group) === openGroup);
  return (
    <>
      <section className="card pad stack" aria-label="Impact">
        <ReplayFigures replay={replay} />
        {total !== 0 && (
          <div className="ask-counts-by">
            <Counts title="By client" counts={replay.byClient} total={total} />
            <Counts title="By scope" counts={replay.byScope} total={total} />
            <Counts title="By type" counts={replay.byResourceType} total={total} />
            <Counts title="By role" counts={replay.byRole} total={total} />
          </div>
        )}
        {notReplayable !== 0 && (
          <Note tone="warn">
            {count(notReplayable, "decision")} can't be made again: {causes.map(({ message }) => message).join("; ")}
          </Note>
        )}
      </section>
      {total === 0 ? (
        <Empty title="No past decision would come out otherwise">
          {replay.read === 0
            ? "None was made in this time."
            : `${count(replay.read, "decision")} of this time looked at. What nobody has asked for is told below.`}
        </Empty>
      ) : (
        <Split
          list={
            <>
              <List
                caption="Decisions that would come out otherwise"
                pages={ready(groups)}
                idOf={groupKey}
                openId={openGroup}
                onOpen={onOpen}
                empty={null}
                columns={[
                  {
                    name: "What",
                    isMain: true,
                    cell: ({ action, resourceType, scope }) => (
                      <>
                        {action} {resourceType} {scope !== null && <code className="muted">{scope}</code>}
                      </>
                    ),
                  },
                  { name: "Would be", cell: ({ kind }) => FLIP_KINDS[kind] },
                  { name: "Client", cell: ({ client, clientId }) => <ClientName client={client} id={clientId} /> },
                  ...(open === undefined
                    ? [{ name: "Role", cell: ({ role }: Group) => role !== null && <code>{role}</code> }]
                    : []),
                  { name: "Decisions", isNumber: true, cell: ({ decisions }) => figure(decisions) },
                  { name: "People", isNumber: true, cell: ({ people }) => figure(people) },
                  ...(open === undefined
                    ? [
                        { name: "Days", isNumber: true, isMinor: true, cell: ({ days }: Group) => figure(days) },
                        {
                          name: "Patients",
                          isNumber: true,
                          isMinor: true,
                          cell: ({ patients }: Group) => figure(patients),
                        },
                      ]
                    : []),
                ]}
              />
              {ungrouped !== 0 && <Note>{count(ungrouped, "decision")} more in groups that are not listed.</Note>}
            </>
          }
          panel={
            open !== undefined && <GroupPanel group={open} samples={replay.samples} onClose={() => onOpen(openGroup)} />
          }
        />
      )}
    </>
  );
}
