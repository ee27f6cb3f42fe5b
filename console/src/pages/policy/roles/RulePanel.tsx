import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useAsk } from "../../../api/useAsk.ts";
import { AskedPanel } from "../../../ui/askedPanel.tsx";
import { Button } from "../../../ui/buttons.tsx";
import { OutcomeMark } from "../../../ui/marks.tsx";
import { Facts, Section } from "../../../ui/panel.tsx";
import { ChangeForm, useMayChange } from "../../../ui/propose/ChangeForm.tsx";
import { Obligations } from "../../../ui/why/Obligations.tsx";
import { AskLinks } from "../change/AskLinks.tsx";
import { Findings } from "../change/Findings.tsx";
import { History } from "../change/History.tsx";
import { daysAgo } from "../change/usesSince.ts";
import { ScopeName } from "../scopes/ScopeName.tsx";
import { RuleForm } from "./RuleForm.tsx";
import { RuleInFull, RuleUsed } from "./roles.graphql.ts";
import { ruleWords } from "./ruleWords.ts";

/** One rule: what it says in words, its condition, how often decisions rested on it, and what would be without it. */
export function RulePanel({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const asked = useAsk(RuleInFull, { id });
  const used = useAsk(RuleUsed, { filter: { ruleId: id }, from: daysAgo(30) });
  const mayChange = useMayChange();
  const [step, setStep] = useState<"edit" | "delete" | null>(null);
  const form = { onClose: () => setStep(null) };
  const row = used.data?.stats.rows[0];
  return (
    <AskedPanel
      asked={asked}
      pick={({ rule }) => rule}
      label={`Rule ${id}`}
      tone={(rule) => rule.effect}
      above={(rule) => <OutcomeMark of={rule.effect} text={rule.effect === "ALLOW" ? "Allow" : "Deny"} />}
      title={() => id}
      missing={{ title: "There is no such rule", text: "The policy of now has none of this id." }}
      onClose={onClose}
    >
      {(rule) => (
        <>
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
          <Obligations of={rule.obligations} title="What the caller must do then" />
          <Findings of={rule.lint} />
          {rule.justification !== null && <p>It stands because: {rule.justification}</p>}
          <History noun="RULE" name={id} />
        </>
      )}
    </AskedPanel>
  );
}
