import { type ReactNode, useEffect, useState } from "react";
import { Button } from "./buttons.tsx";
import { Note } from "./feedback.tsx";
import {
  DateField,
  type Option,
  PickerField,
  type PickerProps,
  Segments,
  SelectField,
  TextField,
  Unsent,
} from "./fields.tsx";
import { HIDDEN, type LinkShape, type LinkState } from "./link.ts";

export interface Filter {
  /** The member of the link. */
  readonly name: string;
  readonly label: string;
  readonly kind: "text" | "select" | "segments" | "picker" | "time" | "day";
  readonly options?: readonly Option[];
  readonly search?: PickerProps["search"];
  readonly isWhole?: PickerProps["isWhole"];
  readonly unknown?: PickerProps["unknown"];
  readonly placeholder?: string;
}

interface FiltersProps<S extends LinkShape> {
  readonly link: LinkState<S>;
  readonly filters: readonly Filter[];
  readonly children?: ReactNode;
}

interface Settling {
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** A line of text that counts when Enter is pressed or the field is left; until then the answer below is seen to be another's. */
function Settled({ filter, value, onChange }: Settling & { readonly filter: Filter }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const isSent = text.trim() === value;
  const settle = () => {
    if (!isSent) onChange(text.trim());
  };
  return (
    <Unsent is={!isSent}>
      <TextField
        label={filter.label}
        value={text}
        onChange={setText}
        onEnter={settle}
        onBlur={settle}
        {...(filter.placeholder !== undefined && { placeholder: filter.placeholder })}
      />
    </Unsent>
  );
}

/** The filters of a list, whose state is the link. Folded where there is little room. */
export function Filters<S extends LinkShape>({ link, filters, children }: FiltersProps<S>) {
  const [isOpen, setOpen] = useState(false);
  const { shape } = link;
  const values = link.values as Readonly<Record<string, string>>;
  const set = (name: string, value: string) => link.set({ [name]: value } as never);
  const usual = (name: string) => (shape[name] === HIDDEN ? "" : (shape[name] as string));
  const active = filters.filter(({ name }) => values[name] !== usual(name));
  const clear = Object.fromEntries(filters.map(({ name }) => [name, usual(name)]));
  return (
    <search className={`filters ${isOpen ? "open" : ""}`}>
      <Button look="quiet" className="fold" aria-expanded={isOpen} onPress={() => setOpen(!isOpen)}>
        {active.length === 0 ? "Filter" : `Filter (${active.length})`}
      </Button>
      <div className="filter-fields">
        {filters.map((filter) => {
          const value = values[filter.name] ?? "";
          const onChange = (next: string) => set(filter.name, next);
          const common = { label: filter.label, value, onChange };
          if (filter.kind === "select")
            return <SelectField key={filter.name} {...common} options={filter.options ?? []} />;
          if (filter.kind === "segments")
            return <Segments key={filter.name} {...common} options={filter.options ?? []} />;
          if (filter.kind === "picker" && filter.search !== undefined)
            return (
              <PickerField
                key={filter.name}
                {...common}
                search={filter.search}
                {...(filter.isWhole && { isWhole: filter.isWhole })}
                {...(filter.unknown !== undefined && { unknown: filter.unknown })}
                {...(filter.placeholder !== undefined && { placeholder: filter.placeholder })}
              />
            );
          if (filter.kind === "day") return <DateField key={filter.name} {...common} />;
          if (filter.kind === "time") return <DateField key={filter.name} {...common} type="datetime-local" />;
          return <Settled key={filter.name} filter={filter} value={value} onChange={onChange} />;
        })}
        {children}
        {active.length > 0 && (
          <Button look="quiet" className="clear" onPress={() => link.set(clear as never)}>
            Clear filters
          </Button>
        )}
      </div>
      {link.unknown.length > 0 && (
        <Note tone="warn">
          This link was made with a{" "}
          {link.unknown
            .map((name) => (filters.find((f) => f.name === name)?.label ?? name).toLowerCase())
            .join(" and a ")}{" "}
          that is not in it, as ids of people never stand in an address. Type it here.
        </Note>
      )}
    </search>
  );
}
