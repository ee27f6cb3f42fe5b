import { useState } from "react";
import { useAsk } from "../../../api/useAsk.ts";
import { Failed, Loading } from "../../../ui/feedback.tsx";
import { TextField } from "../../../ui/fields.tsx";
import { Form, useFields } from "../../../ui/form.tsx";
import { AccessList } from "../../../ui/impact/AccessList.tsx";
import { Section } from "../../../ui/panel.tsx";
import { ChangeList } from "../../../ui/propose/ChangeList.tsx";
import { count } from "../../../ui/words.ts";
import { Comparison } from "./revisions.graphql.ts";

/** What differs between a revision and another: what it does to access first, then thing by thing. */
export function CompareRevisions({ revision, current }: { readonly revision: number; readonly current: number }) {
  const [{ typed }, field] = useFields({ typed: String(revision === current ? current - 1 : current) });
  const [other, setOther] = useState<number | null>(null);
  const [from, to] = [Math.min(revision, other ?? 0), Math.max(revision, other ?? 0)];
  const asked = useAsk(Comparison, { from, to }, { when: other !== null });
  const found = asked.data?.comparePolicy;
  return (
    <>
      <Form
        label="Compare with another revision"
        submit="Compare"
        isRunning={asked.isAsking}
        onSubmit={() => setOther(Number(typed))}
      >
        <TextField
          label="With revision"
          type="number"
          {...field("typed")}
          isRequired
          hint={`0 to ${current}. 0 is the empty policy.`}
        />
      </Form>
      {asked.error !== null && <Failed error={asked.error} retry={asked.refresh} />}
      {other !== null && asked.isPending && <Loading rows={3} />}
      {found !== undefined && (
        <>
          <Section title={`What may be done, from revision ${from} to ${to}`}>
            <AccessList access={found.access} />
          </Section>
          <Section title={`What differs (${count(found.rowCount, "thing")})`}>
            <ChangeList changes={found.rows} total={found.rowCount} />
          </Section>
        </>
      )}
    </>
  );
}
