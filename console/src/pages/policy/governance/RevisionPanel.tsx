import { useState } from "react";
import { useAct, useAsk } from "../../../api/useAsk.ts";
import { useMay } from "../../../session/useSession.ts";
import { AskedPanel } from "../../../ui/askedPanel.tsx";
import { Button } from "../../../ui/buttons.tsx";
import { Failed, Note } from "../../../ui/feedback.tsx";
import { Chip } from "../../../ui/marks.tsx";
import { ActorName } from "../../../ui/names.tsx";
import { Facts, Section } from "../../../ui/panel.tsx";
import { ChangeForm } from "../../../ui/propose/ChangeForm.tsx";
import { ChangeList } from "../../../ui/propose/ChangeList.tsx";
import type { ChangeRow } from "../../../ui/propose/changes.graphql.ts";
import { When } from "../../../ui/when.tsx";
import { count } from "../../../ui/words.ts";
import { CompareRevisions } from "./CompareRevisions.tsx";
import { FileTexts } from "./FileTexts.tsx";
import { MoreChanges, Revision, type RevisionResult } from "./revisions.graphql.ts";

type Change = NonNullable<RevisionResult["policyRevision"]>;

export function RevisionPanel({ revision, onClose }: { readonly revision: number; readonly onClose: () => void }) {
  const asked = useAsk(Revision, { revision });
  const current = asked.data?.current?.revision ?? 0;
  return (
    <AskedPanel
      asked={asked}
      pick={({ policyRevision }) => policyRevision}
      label={`Revision ${revision}`}
      title={(made) => made?.reason ?? `Revision ${revision}`}
      onClose={onClose}
      above={() => current === revision && <Chip tone="good">In force</Chip>}
      missing={{
        title: "There is no such revision",
        text: "Revisions count from 1; the newest stands first in the list.",
      }}
    >
      {(made) => <Made made={made} current={current} />}
    </AskedPanel>
  );
}

function Made({ made, current }: { readonly made: Change; readonly current: number }) {
  const may = useMay();
  const [shown, setShown] = useState<"" | "compare" | "back" | "files">("");
  const [more, setMore] = useState<readonly ChangeRow[]>([]);
  const ask = useAct(MoreChanges, ({ policyRevision }) =>
    setMore((old) => [...old, ...(policyRevision?.changes ?? [])]),
  );
  const { revision } = made;
  const changes = [...made.changes, ...more];
  const toggle = (name: typeof shown) => setShown(shown === name ? "" : name);
  return (
    <>
      <Facts of={{ Revision: revision, Who: <ActorName actor={made.by} />, When: <When at={made.committedAt} /> }} />
      <div className="row">
        {may("comparePolicy") && (
          <Button k="c" aria-expanded={shown === "compare"} onPress={() => toggle("compare")}>
            Compare
          </Button>
        )}
        {may("policyFiles") && (
          <Button k="f" aria-expanded={shown === "files"} onPress={() => toggle("files")}>
            Files
          </Button>
        )}
        {revision !== current && may("proposePolicy") && (
          <Button k="b" aria-expanded={shown === "back"} onPress={() => toggle("back")}>
            Roll back to it
          </Button>
        )}
      </div>
      {shown === "compare" && <CompareRevisions revision={revision} current={current} />}
      {shown === "files" && (
        <Section title={`The policy of revision ${revision} as files`}>
          <FileTexts revision={revision} />
        </Section>
      )}
      {shown === "back" && (
        <Section title={`Back to what revision ${revision} said`}>
          <p className="muted">What was changed since is undone by a new revision. Nothing is lost.</p>
          <ChangeForm
            rollbackTo={revision}
            title={`Back to revision ${revision}`}
            submit="Roll back to it"
            onClose={() => setShown("")}
          />
        </Section>
      )}
      <Section title={count(made.changeCount, "change")}>
        <ChangeList
          changes={changes}
          total={made.changeCount}
          more={() => void ask.run({ revision, after: changes.at(-1)?.cursor ?? null })}
        />
        {ask.error !== null && <Failed error={ask.error} />}
        {made.changeCount === 0 && <Note>It changed nothing.</Note>}
      </Section>
    </>
  );
}
