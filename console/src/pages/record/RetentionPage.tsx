import { useAsk, usePages } from "../../api/useAsk.ts";
import { Empty } from "../../ui/feedback.tsx";
import { allRows, List } from "../../ui/list.tsx";
import { Chip } from "../../ui/marks.tsx";
import { Page } from "../../ui/page.tsx";
import { When } from "../../ui/when.tsx";
import { Command } from "./Command.tsx";
import { Archives, Retentions } from "./holds.graphql.ts";

const USUAL_YEARS = 6;

/** How long what identifies people is kept, and which months are in files. */
export default function RetentionPage() {
  const archives = useAsk(Archives, {});
  const organizations = usePages(Retentions, {}, (answer) => answer.organizations, { enough: 100 });
  const all = organizations.rows.find(({ id }) => id === "*")?.settings;
  return (
    <Page
      title="Retention"
      purpose="The record stays. What identifies people in it is erased once its time is over, unless something holds it."
      asked={archives}
    >
      <div className="stack">
        <section className="card" aria-label="How long it is kept">
          <List
            caption="How long what identifies people is kept"
            pages={organizations}
            idOf={({ id }) => id}
            empty={
              <Empty title={`Everywhere ${USUAL_YEARS} years`}>
                No organization has settings of its own. Six years is how long 45 CFR 164.316(b)(2)(i) wants it kept.
              </Empty>
            }
            columns={[
              {
                name: "Organization",
                isMain: true,
                cell: ({ id, name }) => (id === "*" ? "All that say nothing themselves" : (name ?? id)),
              },
              {
                name: "Kept for",
                isNumber: true,
                cell: ({ settings: { retentionYears } }) =>
                  `${retentionYears ?? all?.retentionYears ?? USUAL_YEARS} years`,
              },
              {
                name: "Set",
                cell: ({ id, settings: { retentionYears } }) => (
                  <span className="muted">
                    {retentionYears !== null
                      ? "here"
                      : id !== "*" && all?.retentionYears != null
                        ? "by all"
                        : "the usual"}
                  </span>
                ),
              },
              {
                name: "Held",
                cell: ({ settings: { legalHold } }) =>
                  legalHold === true || (legalHold === null && all?.legalHold === true) ? (
                    <Chip tone="wait">Nothing is erased</Chip>
                  ) : (
                    <span className="muted">no</span>
                  ),
              },
            ]}
          />
        </section>
        <section className="card" aria-label="Archived months">
          <List
            caption="Months in files"
            pages={allRows(archives.data?.archives, archives)}
            idOf={({ month }) => month}
            empty={
              <Empty title="Nothing is archived">
                All that is on record is in the database. Whole months can go to files, which prove themselves; an
                operator does it.
              </Empty>
            }
            columns={[
              { name: "Month", isMain: true, cell: ({ month }) => month },
              { name: "File", cell: ({ file }) => <code>{file}</code> },
              { name: "Acts", isNumber: true, cell: ({ acts }) => acts.toLocaleString("en-US") },
              { name: "SHA-256", isMinor: true, cell: ({ sha256 }) => <code className="record-hash">{sha256}</code> },
              { name: "Archived", cell: ({ at }) => <When at={at} /> },
            ]}
          />
        </section>
        <section className="card pad stack" aria-label="On the machine">
          <h2>What would be erased now</h2>
          <p>An operator asks on the service's machine; it changes nothing:</p>
          <Command text="scopewarden record retain --dry-run" />
          <p className="muted">
            A running service erases every hour what is over. How long is kept is a setting of an organization, and so a
            change of the policy.
          </p>
        </section>
      </div>
    </Page>
  );
}
