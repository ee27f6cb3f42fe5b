import type { AtomContext, AtomInput } from "../../../generated/schema.ts";
import { AtomContextWords } from "../../../generated/schema.ts";
import { Button } from "../../../ui/buttons.tsx";
import { ChecksField, optionsOf, SelectField, TextField } from "../../../ui/fields.tsx";

const USUAL = ["read", "search", "create", "update", "delete"] as const;

/** One declaration as it is typed. */
export interface AtomRow {
  readonly context: AtomContext;
  readonly resourceType: string;
  readonly usual: readonly string[];
  /** Actions beside FHIR's, separated by spaces. */
  readonly others: string;
  readonly constraint: string;
}

export const NEW_ATOM: AtomRow = { context: "ANY", resourceType: "", usual: [], others: "", constraint: "" };

export const rowOf = (of: {
  readonly context: AtomContext;
  readonly resourceType: string;
  readonly actions: readonly string[];
  readonly constraint: string | null;
}): AtomRow => ({
  context: of.context,
  resourceType: of.resourceType,
  usual: of.actions.filter((action) => (USUAL as readonly string[]).includes(action)),
  others: of.actions.filter((action) => !(USUAL as readonly string[]).includes(action)).join(" "),
  constraint: of.constraint ?? "",
});

export const inputOf = ({ context, resourceType, usual, others, constraint }: AtomRow): AtomInput => ({
  context,
  resourceType: resourceType.trim(),
  actions: [...usual, ...others.split(/[\s,]+/).filter((action) => action !== "")],
  ...(constraint.trim() !== "" && { constraint: constraint.trim() }),
});

/** Of one type of data: which actions, in whose name, and of which resources alone. */
export function AtomFields({
  at,
  atom,
  onChange,
  onRemove,
}: {
  /** As the service calls it: `atoms[0]`. */
  readonly at: string;
  readonly atom: AtomRow;
  readonly onChange: (atom: AtomRow) => void;
  readonly onRemove?: () => void;
}) {
  const set = (change: Partial<AtomRow>) => onChange({ ...atom, ...change });
  return (
    <div className="policy-atom">
      <TextField
        label="Type of data"
        name={`${at}.resourceType`}
        isCode
        isRequired
        value={atom.resourceType}
        onChange={(resourceType) => set({ resourceType })}
        placeholder="Observation"
      />
      <ChecksField
        label="Actions"
        name={`${at}.actions`}
        value={atom.usual}
        onChange={(usual) => set({ usual: USUAL.filter((action) => usual.includes(action)) })}
        options={USUAL.map((id) => ({ id, name: id }))}
        isRequired={atom.others.trim() === ""}
      />
      <TextField
        label="Other actions"
        isCode
        value={atom.others}
        onChange={(others) => set({ others })}
        placeholder="export"
      />
      <TextField
        label="Only where"
        name={`${at}.constraint`}
        isCode
        value={atom.constraint}
        onChange={(constraint) => set({ constraint })}
        placeholder="category=laboratory"
      />
      <SelectField
        label="In whose name"
        value={atom.context}
        onChange={(context) => set({ context: context as AtomContext })}
        options={optionsOf(AtomContextWords)}
      />
      {onRemove !== undefined && (
        <Button look="quiet" onPress={onRemove}>
          Take this type out
        </Button>
      )}
    </div>
  );
}
