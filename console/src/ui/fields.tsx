import { type ReactNode, useEffect, useRef, useState } from "react";
import {
  Button as AriaButton,
  TextField as AriaTextField,
  Checkbox,
  CheckboxGroup,
  ComboBox,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Radio,
  RadioGroup,
  Select,
  SelectValue,
  Text,
  TextArea,
} from "react-aria-components";
import { flushSync } from "react-dom";
import { Button } from "./buttons.tsx";
import { isDate } from "./days.ts";
import { useFormField } from "./form.tsx";
import { Icon } from "./icons.tsx";
import { Key, useKeys } from "./keys.tsx";

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** What the service calls it: its problems stand here. */
  readonly name?: string;
  readonly hint?: ReactNode;
  readonly isRequired?: boolean;
  readonly isDisabled?: boolean;
  readonly autoFocus?: boolean;
}

/** What React Aria's field of this name takes, so that its form's validation counts for it; and what to call when somebody puts something in. */
function useField<V>({
  name,
  isRequired = false,
  isDisabled = false,
  ...of
}: Pick<FieldProps, "name" | "isRequired" | "isDisabled"> & {
  readonly value: V;
  readonly onChange: (value: V) => void;
}) {
  const { onChange, waitFor } = useFormField({ name, ...of });
  return [onChange, { isRequired, isDisabled, ...(name !== undefined && { name }) }, waitFor] as const;
}

/** What is wrong with a field, whoever finds it: the field by itself, the form or the service. */
const Wrong = ({ missing = "Fill this in.", own }: { readonly missing?: string; readonly own?: string | null }) => (
  <FieldError>
    {({ validationDetails, validationErrors }) =>
      own ?? (validationDetails.valueMissing ? missing : validationErrors.join(" "))
    }
  </FieldError>
);
/** Absent where it is not so: `false` would hide what the form or the service finds wrong. */
const INVALID = { isInvalid: true };
const Hint = ({ of }: { readonly of: ReactNode }) => of !== undefined && <Text slot="description">{of}</Text>;

/** Around a field whose text is not asked yet: what stands on the page is no answer to it, and is seen to be none. */
export const Unsent = ({ is, children }: { readonly is: boolean; readonly children: ReactNode }) => (
  <div className={is ? "unsent" : "sent"}>{children}</div>
);

interface TextFieldProps extends FieldProps {
  readonly type?: "text" | "password" | "number" | "url";
  readonly placeholder?: string;
  /** Ids, CEL and the like. */
  readonly isCode?: boolean;
  readonly onEnter?: () => void;
  /** It is left. */
  readonly onBlur?: () => void;
  /** What is wrong with it, as the page knows. */
  readonly problem?: string | null;
  /** Several lines of text, so many of them at first. */
  readonly rows?: number;
}

/** A line of text. */
export function TextField({
  label,
  value,
  onChange,
  hint,
  type = "text",
  placeholder,
  isCode = false,
  autoFocus = false,
  onEnter,
  onBlur,
  problem = null,
  rows,
  ...rest
}: TextFieldProps) {
  const [put, field] = useField({ value, onChange, ...rest });
  const input = {
    className: `input ${isCode ? "code" : ""}`,
    spellCheck: isCode ? ("false" as const) : ("true" as const),
    ...(placeholder !== undefined && { placeholder }),
  };
  return (
    <AriaTextField
      className="field"
      type={type as "text"}
      value={value}
      onChange={put}
      autoFocus={autoFocus}
      validate={(text) => (rest.isRequired === true && text !== "" && text.trim() === "" ? "Fill this in." : null)}
      {...(problem !== null && INVALID)}
      {...(onBlur && { onBlur })}
      {...field}
    >
      <Label>{label}</Label>
      {rows === undefined ? (
        <Input {...input} autoComplete="off" onKeyDown={(event) => event.key === "Enter" && onEnter?.()} />
      ) : (
        <TextArea {...input} rows={rows} />
      )}
      <Hint of={hint} />
      <Wrong own={problem} />
    </AriaTextField>
  );
}

/** Some lines of text. */
export const TextAreaField = (props: TextFieldProps) => <TextField rows={3} {...props} />;

interface DateFieldProps extends FieldProps {
  /** A day, `2026-11-25`, or a time of a day in this zone, `2026-11-25T12:30`; `dayFrom` and `isoOf` make of them what the service takes. */
  readonly type?: "date" | "datetime-local";
}

const wrongDate = (text: string): string | null => (text === "" || isDate(text) ? null : "Say a year of four digits.");

/**
 * A day or a time. One that is chosen counts at once; one that is typed when it is whole and left, or by Enter: on the way there it is one of the
 * years 2, 20 and 202.
 */
export function DateField({ label, value, onChange, hint, type = "date", autoFocus = false, ...rest }: DateFieldProps) {
  const [text, setText] = useState(value);
  const [wrong, setWrong] = useState(() => wrongDate(value));
  const isTyped = useRef(false);
  const [put, field] = useField({ ...rest, value: text, onChange: setText });
  useEffect(() => {
    setText(value);
    setWrong(wrongDate(value));
  }, [value]);
  const settle = (next: string, isHalf = false) => {
    isTyped.current = false;
    const problem = isHalf ? "Say the whole date, or none." : wrongDate(next);
    setWrong(problem);
    if (problem === null && next !== value) onChange(next);
  };
  return (
    <AriaTextField
      className={`field ${text === value ? "" : "typing"}`}
      type={type as "text"}
      value={text}
      autoFocus={autoFocus}
      {...(wrong !== null && INVALID)}
      onChange={(next) => {
        put(next);
        if (!isTyped.current) settle(next);
      }}
      onKeyDown={({ key }) => {
        if (key !== "Tab" && key !== "Enter" && key !== "Shift") isTyped.current = true;
      }}
      onBlur={({ target }) => settle(text, target instanceof HTMLInputElement && target.validity.badInput)}
      {...field}
    >
      <Label>{label}</Label>
      <Input
        className="input"
        autoComplete="off"
        max={type === "date" ? "9999-12-31" : "9999-12-31T23:59"}
        onKeyDown={({ key, currentTarget }) => key === "Enter" && settle(text, currentTarget.validity.badInput)}
      />
      <Hint of={hint} />
      <Wrong own={wrong} />
    </AriaTextField>
  );
}

/** Why it is done: every change asks for it, and keeps it. */
export const ReasonField = (props: Partial<FieldProps> & Pick<FieldProps, "value" | "onChange">) => (
  <TextField
    label="Reason"
    name="reason"
    rows={2}
    isRequired
    hint="Kept on record, for whoever reads it in a year."
    {...props}
  />
);

export interface Option {
  readonly id: string;
  readonly name: string;
  readonly hint?: string | undefined;
  /** Of a choice: a key that chooses it, shown beside it. */
  readonly k?: string;
}

/** Where one option alone is left of what must be chosen, it is chosen. */
function useOnlyOption({
  value,
  onChange,
  options,
  isRequired = false,
}: Pick<FieldProps, "value" | "onChange" | "isRequired"> & { readonly options: readonly Option[] }): void {
  const [only] = isRequired && options.length === 1 ? options : [];
  const missing = only === undefined || only.id === value ? undefined : only.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `onChange` is made anew each time
  useEffect(() => {
    if (missing !== undefined) onChange(missing);
  }, [missing]);
}

/** One of a few. An option of the id "" is "any" or "none". */
export function SelectField({
  label,
  value,
  onChange,
  options,
  hint,
  ...rest
}: FieldProps & { readonly options: readonly Option[] }) {
  useOnlyOption({ value, onChange, options, ...rest });
  const [put, field] = useField({ value, onChange, ...rest });
  // React Aria takes no empty key.
  const keyOf = (id: string) => (id === "" ? "\u0000" : id);
  return (
    <Select
      className="field"
      selectedKey={options.some(({ id }) => id === value) ? keyOf(value) : null}
      onSelectionChange={(key) => put(key === "\u0000" ? "" : String(key))}
      placeholder="Choose…"
      {...field}
    >
      <Label>{label}</Label>
      <AriaButton className="input select">
        <SelectValue>
          {({ selectedText, isPlaceholder, defaultChildren }) => (isPlaceholder ? defaultChildren : selectedText)}
        </SelectValue>
        <Icon name="down" size={14} />
      </AriaButton>
      <Hint of={hint} />
      <Wrong missing="Choose one." />
      <Popover className="popover">
        <ListBox>
          {options.map((option) => (
            <ListBoxItem key={option.id} className="option" id={keyOf(option.id)} textValue={option.name}>
              <bdi>{option.name}</bdi>
              {option.hint !== undefined && <span className="muted small">{option.hint}</span>}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}

/** Options of an enum, with the schema's sentence for each. */
export const optionsOf = <E extends string>(
  meanings: Readonly<Record<E, string>>,
  names: Partial<Record<E, string>> = {},
): readonly Option[] =>
  (Object.entries(meanings) as [E, string][]).map(([id, hint]) => {
    const text = id.replaceAll("_", " ").toLowerCase();
    return { id, name: names[id] ?? text.charAt(0).toUpperCase() + text.slice(1), hint };
  });

/** One of a few that are all seen, each with what it means. Nothing is chosen beforehand where `value` is "". */
export function ChoiceField({
  label,
  value,
  onChange,
  options,
  hint,
  ...rest
}: FieldProps & { readonly options: readonly Option[] }) {
  useOnlyOption({ value, onChange, options, ...rest });
  const [put, field] = useField({ value, onChange, ...rest });
  useKeys(
    Object.fromEntries(
      options.flatMap((option) =>
        option.k === undefined || rest.isDisabled === true
          ? []
          : [[option.k, { words: option.name, run: () => put(option.id) }]],
      ),
    ),
  );
  return (
    <RadioGroup className="field choice" value={value === "" ? null : value} onChange={put} {...field}>
      <Label>{label}</Label>
      <Hint of={hint} />
      {options.map((option) => (
        <Radio key={option.id} value={option.id} className="radio">
          <span className="dot" aria-hidden="true" />
          <span>
            {option.name} {option.k !== undefined && <Key of={option.k} />}
            {option.hint !== undefined && <span className="muted small"> {option.hint}</span>}
          </span>
        </Radio>
      ))}
      <Wrong missing="Choose one." />
    </RadioGroup>
  );
}

const Box = () => (
  <span className="box" aria-hidden="true">
    <Icon name="check" size={12} />
  </span>
);

export function CheckField({
  label,
  isDisabled = false,
  ...field
}: {
  readonly label: ReactNode;
  readonly name?: string;
  readonly value: boolean;
  readonly onChange: (value: boolean) => void;
  readonly isDisabled?: boolean;
}) {
  const { onChange } = useFormField(field);
  return (
    <Checkbox className="check" isSelected={field.value} onChange={onChange} isDisabled={isDisabled}>
      <Box />
      <span>{label}</span>
    </Checkbox>
  );
}

/** Some of a few that are all seen. */
export function ChecksField({
  label,
  value,
  onChange,
  options,
  hint,
  ...rest
}: Omit<FieldProps, "value" | "onChange"> & {
  readonly value: readonly string[];
  readonly onChange: (value: readonly string[]) => void;
  readonly options: readonly Option[];
}) {
  const [put, field] = useField({ value, onChange, ...rest });
  return (
    <CheckboxGroup className="field choice" value={[...value]} onChange={put} {...field}>
      <Label>{label}</Label>
      <Hint of={hint} />
      <div className="row">
        {options.map(({ id, name }) => (
          <Checkbox key={id} value={id} className="check">
            <Box />
            <span>{name}</span>
          </Checkbox>
        ))}
      </div>
      <Wrong missing="Choose one at least." />
    </CheckboxGroup>
  );
}

/** So long typing must rest before the service is asked. */
const REST_MS = 250;

type Search = (text: string, signal: AbortSignal) => Promise<readonly Option[]>;

export interface PickerProps extends FieldProps {
  /** What has this text, by the service. */
  readonly search: Search;
  /** Whether it is looked for only when it is typed whole and left, as it may be a patient's id. */
  readonly isWhole?: (text: string) => boolean;
  /**
   * What is said where nothing is called just so, as nobody else would find it: then the text counts only by a press of its own. Absent: the text
   * counts, for the service to judge.
   */
  readonly unknown?: string;
  /** Why nothing is offered while one types, and where to find it: it stands in the place of the options. */
  readonly offersNone?: string;
  readonly placeholder?: string;
}

/** What is called just so: by its id, else by id or name in any letter case. */
function calledSo(text: string, options: readonly Option[]): readonly Option[] {
  const byId = options.filter(({ id }) => id === text);
  const folded = text.toLocaleLowerCase();
  return byId.length > 0
    ? byId
    : options.filter(({ id, name }) => [id, name].some((one) => one.trim().toLocaleLowerCase() === folded));
}

/** Picks one of many, found at the service while typing. Typed and left, the one that is called just so is taken. */
export function PickerField({
  label,
  value,
  onChange,
  search,
  isWhole = () => false,
  unknown,
  offersNone,
  hint,
  placeholder,
  autoFocus = false,
  ...rest
}: PickerProps) {
  const [text, setText] = useState(value);
  const [options, setOptions] = useState<readonly Option[]>([]);
  const [put, field, waitFor] = useField({ ...rest, value: text, onChange: setText });
  const chosen = useRef(value);
  /** What does not count as it is, why, and whether it may be meant all the same. */
  const [doubt, setDoubt] = useState<{ readonly text: string; readonly why: string; readonly may: boolean } | null>(
    null,
  );
  const looked = useRef<{ readonly text: string; readonly found: Promise<readonly Option[]> } | null>(null);
  const typed = useRef(text);
  typed.current = text.trim();
  const isDoubted = doubt !== null && doubt.text === text.trim();
  const doubted = useRef(isDoubted);
  doubted.current = isDoubted;
  useEffect(() => {
    // What is doubted counts for nothing, and stands there to be mended.
    if (value === "" && doubted.current) return;
    chosen.current = value;
    setText(value);
  }, [value]);
  /** Looks once for the same text: a search may be an act on record. */
  const look = (wanted: string, signal: AbortSignal): Promise<readonly Option[]> => {
    if (looked.current?.text !== wanted) {
      const found = search(wanted, signal);
      looked.current = { text: wanted, found };
      found.catch(() => {
        if (looked.current?.found === found) looked.current = null;
      });
    }
    return looked.current.found;
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: `search` is made anew each time
  useEffect(() => {
    // What was chosen is not looked for again.
    if (text !== "" && text === chosen.current) return;
    if (isWhole(text)) return setOptions([]);
    const abort = new AbortController();
    const timer = setTimeout(() => {
      look(text.trim(), abort.signal).then(setOptions, () => setOptions([]));
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text]);
  const take = (id: string) => {
    chosen.current = id;
    setDoubt(null);
    setText(id);
    if (id !== value) onChange(id);
  };
  const resolve = async (wanted: string): Promise<void> => {
    let why = unknown;
    let may = true;
    try {
      const found = calledSo(wanted, await look(wanted, new AbortController().signal));
      const [one] = found;
      if (typed.current !== wanted) return;
      if (one !== undefined && found.length === 1) return flushSync(() => take(one.id));
      if (found.length > 1) [why, may] = [`${found.length} are called so: choose one.`, false];
    } catch {
      why = unknown && "It could not be looked up whether this is known.";
    }
    if (typed.current !== wanted) return;
    flushSync(() => {
      if (why === undefined) return take(wanted);
      setDoubt({ text: wanted, why, may });
      if (value !== "") onChange("");
    });
  };
  const settle = () => {
    const wanted = text.trim();
    if (wanted === "" || wanted === value) take(wanted);
    else if (!isDoubted) waitFor(resolve(wanted));
  };
  return (
    <div className="stack tight">
      <ComboBox
        className={`field ${text.trim() === value ? "" : "typing"}`}
        allowsCustomValue
        allowsEmptyCollection={offersNone !== undefined}
        menuTrigger={offersNone === undefined ? "focus" : "manual"}
        inputValue={text}
        items={options}
        {...(isDoubted && INVALID)}
        onInputChange={put}
        onSelectionChange={(key) => {
          if (key !== null) take(String(key));
        }}
        {...field}
        onBlur={settle}
      >
        <Label>{label}</Label>
        <div className="combo">
          <Input
            className="input"
            autoComplete="off"
            spellCheck="false"
            autoFocus={autoFocus}
            {...(placeholder !== undefined && { placeholder })}
            onKeyDown={(event) => {
              const { currentTarget: input, key } = event;
              if (key === "Enter" && input.getAttribute("aria-activedescendant") === null) settle();
              if (key !== "Escape" || (text === value && input.getAttribute("aria-expanded") !== "true")) return;
              // It takes back what was typed, and nothing else: no panel or dialog closes by it.
              setText(value);
              event.stopPropagation();
            }}
          />
          <AriaButton aria-label={`Show ${label}`}>
            <Icon name="down" size={14} />
          </AriaButton>
        </div>
        <Hint of={hint} />
        <Wrong own={isDoubted ? doubt.why : null} />
        <Popover className="popover">
          <ListBox renderEmptyState={() => <p className="offers-none">{offersNone}</p>}>
            {(option: Option) => (
              <ListBoxItem className="option" id={option.id} textValue={option.id}>
                <bdi>{option.name}</bdi>
                {option.hint !== undefined && <span className="muted small">{option.hint}</span>}
              </ListBoxItem>
            )}
          </ListBox>
        </Popover>
      </ComboBox>
      {isDoubted && doubt.may && (
        <div>
          <Button onPress={() => take(doubt.text)}>
            Mean the id <bdi>{doubt.text}</bdi> all the same
          </Button>
        </div>
      )}
    </div>
  );
}

/** A few that are all seen, side by side; one is chosen. For filters and looks, not for verdicts. */
export function Segments({
  label,
  value,
  onChange,
  options,
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly options: readonly Option[];
}) {
  return (
    <RadioGroup className="field segments" value={value} onChange={onChange} orientation="horizontal">
      <Label>{label}</Label>
      <div>
        {options.map((option) => (
          <Radio key={option.id} value={option.id} className="segment">
            {option.name}
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}
