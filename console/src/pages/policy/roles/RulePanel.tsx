import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useAsk } from "../../../api/useAsk.ts";
import { Button } from "../../../ui/buttons.tsx";
import { Empty, Failed, Loading } from "../../../ui/feedback.tsx";
import { OutcomeMark } from "../../../ui/marks.tsx";
import { Facts, Panel, Section } from "../../../ui/panel.tsx";
import { ChangeForm, useMayChange } from "../../../ui/propose/ChangeForm.tsx";
import { AskLinks } from "../change/AskLinks.tsx";
import { Findings } from "../change/Findings.tsx";
import { History } from "../change/History.tsx";
import { daysAgo } from "../change/usesSince.ts";
import { ScopeName } from "../scopes/ScopeName.tsx";
import { RuleForm } from "./RuleForm.tsx";
import { RuleInFull, RuleUsed } from "./roles.graphql.ts";
import { ruleWords } from "./ruleWords.ts";

/** One rule: what it says in words, its condition, how often decisions rested on it, and what would be without it. */
export function RulePanel({
  id,
  onChanged,
  onClose,
}: {
  readonly id: string;
  readonly onChanged: () => void;
  readonly onClose: () => void;
}) {
  const asked = useAsk(RuleInFull, { id });
  const used = useAsk(RuleUsed, { filter: { ruleId: id }, from: daysAgo(30) });
  const mayChange = useMayChange();
  const [step, setStep] = useState<"edit" | "delete" | null>(null);
  const rule = asked.data?.rule;
  if (rule === undefined || rule === null)
    return (
      <Panel label="Rule" title={id} onClose={onClose}>
        {asked.error !== null ? (
          <Failed error={asked.error} retry={asked.refresh} />
        ) : asked.isPending ? (
          <Loading />
        ) : (
          <Empty title="There is no such rule">The policy of now has none of this id.</Empty>
        )}
      </Panel>
    );
  const form = {
    onDone: () => {
      asked.refresh();
      onChanged();
    },
    onClose: () => setStep(null),
  };
  const row = used.data?.stats.rows[0];
  return (
    <Panel
      label={`Rule ${id}`}
      tone={rule.effect}
      above={<OutcomeMark of={rule.effect} text={rule.effect === "ALLOW" ? "Allow" : "Deny"} />}
      title={id}
      onClose={onClose}
    >
      <p>{ruleWords(rule)}.</p>
      {rule.description !== null && <p className="muted">{rule.description}</p>}
      {mayChange && step === null && (
        <div className="row">
          <Button k="e" onPress={() => setStep("edit")}>
            Edit
          </Button>
          <Button look="danger" onPress={() => setStep("delete")}>
            Delete
          </Button>
        </div>
      )}
      {step === "edit" && <RuleForm {...form} of={rule} />}
      {step === "delete" && (
        <ChangeForm
          {...form}
          title={`Delete the rule ${id}`}
          submit="Delete the rule"
          look="danger"
          operations={[{ deleteRule: { id } }]}
        />
      )}
      <AskLinks
        links={[
          ["What if it went", "/what-if", { op: "deleteRule", id }, "simulate"],
          ["Decisions that rest on it", "/decisions", { rule: id }, "decisions"],
        ]}
      />
      {step !== "edit" && rule.when !== null && (
        <Section title="Its condition">
          <pre className="code-block">{rule.when}</pre>
        </Section>
      )}
      <Facts
        of={{
          Role:
            rule.role === "*" ? (
              "anybody"
            ) : (
              <Link to="/roles" search={{ role: rule.role }}>
                {rule.role}
              </Link>
            ),
          Scope:
            rule.scope === "*" ? (
              "any"
            ) : (
              <Link to="/scopes" search={{ id: rule.scope }}>
                <ScopeName name={rule.scope} />
              </Link>
            ),
          Action: rule.action === "*" ? "any" : rule.action,
          Data: rule.resourceType === "*" ? "any" : rule.resourceType,
          "In 30 days":
            row !== undefined &&
            `allowed ${(row.allowed ?? 0).toLocaleString("en-US")}, denied ${(row.denied ?? 0).toLocaleString("en-US")}`,
        }}
      />
      {rule.obligations.length > 0 && (
        <Section title="What the caller must do then">
          <ul className="policy-lines">
            {rule.obligations.map(({ type, parameters }) => (
              <li key={`${type} ${JSON.stringify(parameters)}`}>
                {type} {parameters !== null && <code>{JSON.stringify(parameters)}</code>}
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Findings of={rule.lint} />
      {rule.justification !== null && <p>It stands because: {rule.justification}</p>}
      <History noun="RULE" name={id} />
    </Panel>
  );
}
