import { type ReactNode, useEffect, useRef, useState } from "react";
import { REST_MS } from "../api/useSettled.ts";
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
  /** `begins`: how something begins, which counts as it is typed; `text`: something whole, such as an id, each look at which may be on record. */
  readonly kind: "begins" | "text" | "select" | "segments" | "picker" | "time" | "day";
  readonly options?: readonly Option[];
  readonly search?: PickerProps["search"];
  readonly isWhole?: PickerProps["isWhole"];
  readonly unknown?: PickerProps["unknown"];
  readonly offersNone?: PickerProps["offersNone"];
  readonly placeholder?: string;
}

interface FiltersProps<S extends LinkShape> {
  readonly link: LinkState<S>;
  readonly filters: readonly Filter[];
  readonly children?: ReactNode;
}

interface Settling {
  readonly value: string;
  readonly onChange: (value: string, options?: { readonly replace?: boolean }) => void;
}

/**
 * A line of text: the beginning of something counts when typing rests, what must be whole when Enter is pressed or the field is left. Until then the
 * answer below is seen to be another's.
 */
function Settled({ filter, value, onChange }: Settling & { readonly filter: Filter }) {
  const [text, setText] = useState(value);
  const sent = useRef(value);
  /** Back leads to before all that is typed in one go. */
  const isBegun = useRef(false);
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    setText(value);
  }, [value]);
  const isSent = text.trim() === value;
  const settle = () => {
    if (isSent) return;
    sent.current = text.trim();
    onChange(sent.current, { replace: isBegun.current });
    isBegun.current = true;
  };
  const grows = filter.kind === "begins";
  // biome-ignore lint/correctness/useExhaustiveDependencies: it rests as long as the text is the same
  useEffect(() => {
    if (!grows) return;
    const timer = setTimeout(settle, REST_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <Unsent is={!isSent}>
      <TextField
        label={filter.label}
        value={text}
        onChange={setText}
        onEnter={settle}
        onBlur={() => {
          if (!grows) settle();
          isBegun.current = false;
        }}
        {...(filter.placeholder !== undefined && { placeholder: filter.placeholder })}
      />
    </Unsent>
  );
}

/** The filters of a list, whose state is the link. Folded where there is little room. */
export function Filters<S extends LinkShape>({ link, filters, children }: FiltersProps<S>) {
  const [isOpen, setOpen] = useState(false);
  const [cleared, setCleared] = useState(0);
  const { shape } = link;
  const values = link.values as Readonly<Record<string, string>>;
  const set = (name: string, value: string, options?: { readonly replace?: boolean }) =>
    link.set({ [name]: value } as never, options);
  const usual = (name: string) => (shape[name] === HIDDEN ? "" : (shape[name] as string));
  const active = filters.filter(({ name }) => values[name] !== usual(name));
  const clear = () => {
    link.set(Object.fromEntries(filters.map(({ name }) => [name, usual(name)])) as never);
    setCleared((times) => times + 1);
  };
  return (
    <search className={`filters ${isOpen ? "open" : ""}`}>
      <Button look="quiet" className="fold" aria-expanded={isOpen} onPress={() => setOpen(!isOpen)}>
        {active.length === 0 ? "Filter" : `Filter (${active.length})`}
      </Button>
      <div className="filter-fields" key={cleared}>
        {filters.map((filter) => {
          const value = values[filter.name] ?? "";
          const onChange: Settling["onChange"] = (next, options) => set(filter.name, next, options);
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
                {...(filter.offersNone !== undefined && { offersNone: filter.offersNone })}
                {...(filter.placeholder !== undefined && { placeholder: filter.placeholder })}
              />
            );
          if (filter.kind === "day") return <DateField key={filter.name} {...common} />;
          if (filter.kind === "time") return <DateField key={filter.name} {...common} type="datetime-local" />;
          return <Settled key={filter.name} filter={filter} value={value} onChange={onChange} />;
        })}
        {children}
        {active.length > 0 && (
          <Button look="quiet" className="clear" onPress={clear}>
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
