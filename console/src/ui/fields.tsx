import { type ReactNode, useEffect, useState } from "react";
import {
  Button as AriaButton,
  TextField as AriaTextField,
  Checkbox,
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
import { useProblem } from "./form.tsx";
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

interface TextFieldProps extends FieldProps {
  readonly type?: "text" | "password" | "datetime-local" | "date" | "number" | "url";
  readonly placeholder?: string;
  /** Ids, CEL and the like. */
  readonly isCode?: boolean;
  readonly onEnter?: () => void;
  /** It is left. */
  readonly onBlur?: () => void;
}

/** A line of text. Times are of the kind datetime-local; `isoOf` makes of them what the service takes. */
export function TextField({
  label,
  value,
  onChange,
  name,
  hint,
  type = "text",
  placeholder,
  isCode = false,
  isRequired = false,
  isDisabled = false,
  autoFocus = false,
  onEnter,
  onBlur,
}: TextFieldProps) {
  const problem = useProblem(name);
  return (
    <AriaTextField
      className="field"
      type={type as "text"}
      value={value}
      onChange={onChange}
      isRequired={isRequired}
      isDisabled={isDisabled}
      isInvalid={problem !== undefined}
      autoFocus={autoFocus}
      {...(onBlur && { onBlur })}
      validationBehavior="native"
    >
      <Label>{label}</Label>
      <Input
        className={`input ${isCode ? "code" : ""}`}
        {...(placeholder !== undefined && { placeholder })}
        autoComplete="off"
        spellCheck={isCode ? "false" : "true"}
        onKeyDown={(event) => {
          if (event.key === "Enter") onEnter?.();
        }}
      />
      {hint !== undefined && <Text slot="description">{hint}</Text>}
      <FieldError>{problem ?? (({ validationErrors }) => validationErrors.join(" "))}</FieldError>
    </AriaTextField>
  );
}

/** Some lines of text. */
export function TextAreaField({
  label,
  value,
  onChange,
  name,
  hint,
  rows = 3,
  isRequired = false,
  isDisabled = false,
  isCode = false,
  autoFocus = false,
}: FieldProps & { readonly rows?: number; readonly isCode?: boolean }) {
  const problem = useProblem(name);
  return (
    <AriaTextField
      className="field"
      value={value}
      onChange={onChange}
      isRequired={isRequired}
      isDisabled={isDisabled}
      isInvalid={problem !== undefined}
      autoFocus={autoFocus}
      validationBehavior="native"
    >
      <Label>{label}</Label>
      <TextArea className={`input ${isCode ? "code" : ""}`} rows={rows} spellCheck={isCode ? "false" : "true"} />
      {hint !== undefined && <Text slot="description">{hint}</Text>}
      <FieldError>{problem ?? (({ validationErrors }) => validationErrors.join(" "))}</FieldError>
    </AriaTextField>
  );
}

/** Why it is done: every change asks for it, and keeps it. */
export const ReasonField = ({
  value,
  onChange,
  label = "Reason",
  name = "reason",
  hint = "Kept on record, for whoever reads it in a year.",
  autoFocus = false,
}: {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly label?: string;
  readonly name?: string;
  readonly hint?: ReactNode;
  readonly autoFocus?: boolean;
}) => (
  <TextAreaField
    label={label}
    name={name}
    value={value}
    onChange={onChange}
    rows={2}
    isRequired
    hint={hint}
    autoFocus={autoFocus}
  />
);

export interface Option {
  readonly id: string;
  readonly name: string;
  readonly hint?: string | undefined;
  /** Of a choice: a key that chooses it, shown beside it. */
  readonly k?: string;
}

/** One of a few. An option of the id "" is "any" or "none". */
export function SelectField({
  label,
  value,
  onChange,
  options,
  name,
  hint,
  isRequired = false,
  isDisabled = false,
}: FieldProps & { readonly options: readonly Option[] }) {
  const problem = useProblem(name);
  // React Aria takes no empty key.
  const keyOf = (id: string) => (id === "" ? "\u0000" : id);
  return (
    <Select
      className="field"
      selectedKey={options.some(({ id }) => id === value) ? keyOf(value) : null}
      onSelectionChange={(key) => onChange(key === "\u0000" ? "" : String(key))}
      isRequired={isRequired}
      isDisabled={isDisabled}
      isInvalid={problem !== undefined}
      placeholder="Choose…"
      validationBehavior="native"
    >
      <Label>{label}</Label>
      <AriaButton className="input select">
        <SelectValue>
          {({ selectedText, isPlaceholder, defaultChildren }) => (isPlaceholder ? defaultChildren : selectedText)}
        </SelectValue>
        <Icon name="down" size={14} />
      </AriaButton>
      {hint !== undefined && <Text slot="description">{hint}</Text>}
      <FieldError>{problem ?? (({ validationErrors }) => validationErrors.join(" "))}</FieldError>
      <Popover className="popover">
        <ListBox>
          {options.map((option) => (
            <ListBoxItem key={option.id} className="option" id={keyOf(option.id)} textValue={option.name}>
              <span>{option.name}</span>
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
  name,
  hint,
  isRequired = false,
  isDisabled = false,
}: FieldProps & { readonly options: readonly Option[] }) {
  const problem = useProblem(name);
  useKeys(
    Object.fromEntries(
      options.flatMap((option) =>
        option.k === undefined || isDisabled
          ? []
          : [[option.k, { words: option.name, run: () => onChange(option.id) }]],
      ),
    ),
  );
  return (
    <RadioGroup
      className="field choice"
      value={value === "" ? null : value}
      onChange={onChange}
      isRequired={isRequired}
      isDisabled={isDisabled}
      isInvalid={problem !== undefined}
      validationBehavior="native"
    >
      <Label>{label}</Label>
      {hint !== undefined && <Text slot="description">{hint}</Text>}
      {options.map((option) => (
        <Radio key={option.id} value={option.id} className="radio">
          <span className="dot" aria-hidden="true" />
          <span>
            {option.name} {option.k !== undefined && <Key of={option.k} />}
            {option.hint !== undefined && <span className="muted small"> {option.hint}</span>}
          </span>
        </Radio>
      ))}
      <FieldError>{problem ?? (({ validationErrors }) => validationErrors.join(" "))}</FieldError>
    </RadioGroup>
  );
}

export const CheckField = ({
  label,
  value,
  onChange,
  isDisabled = false,
}: {
  readonly label: ReactNode;
  readonly value: boolean;
  readonly onChange: (value: boolean) => void;
  readonly isDisabled?: boolean;
}) => (
  <Checkbox className="check" isSelected={value} onChange={onChange} isDisabled={isDisabled}>
    <span className="box" aria-hidden="true">
      <Icon name="check" size={12} />
    </span>
    <span>{label}</span>
  </Checkbox>
);

/** So long typing must rest before the service is asked. */
const REST_MS = 250;

interface PickerProps extends FieldProps {
  /** What has this text, by the service. Never called for what may be a patient's id: those are typed whole. */
  readonly search: (text: string, signal: AbortSignal) => Promise<readonly Option[]>;
  readonly placeholder?: string;
}

/** Picks one of many, found at the service while typing. What was typed and is none of the found is taken as it is. */
export function PickerField({
  label,
  value,
  onChange,
  search,
  name,
  hint,
  placeholder,
  isRequired = false,
  isDisabled = false,
  autoFocus = false,
}: PickerProps) {
  const problem = useProblem(name);
  const [text, setText] = useState(value);
  const [options, setOptions] = useState<readonly Option[]>([]);
  useEffect(() => setText(value), [value]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `search` is made anew each time
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      search(text.trim(), abort.signal).then(setOptions, () => setOptions([]));
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text]);
  return (
    <ComboBox
      className="field"
      allowsCustomValue
      allowsEmptyCollection={false}
      menuTrigger="focus"
      inputValue={text}
      items={options}
      onInputChange={setText}
      onSelectionChange={(key) => {
        if (key !== null) onChange(String(key));
      }}
      isRequired={isRequired}
      isDisabled={isDisabled}
      isInvalid={problem !== undefined}
      validationBehavior="native"
      onBlur={() => {
        if (text.trim() !== value) onChange(text.trim());
      }}
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
            if (event.key === "Enter" && event.currentTarget.getAttribute("aria-activedescendant") === null)
              onChange(text.trim());
          }}
        />
        <AriaButton aria-label={`Show ${label}`}>
          <Icon name="down" size={14} />
        </AriaButton>
      </div>
      {hint !== undefined && <Text slot="description">{hint}</Text>}
      <FieldError>{problem ?? (({ validationErrors }) => validationErrors.join(" "))}</FieldError>
      <Popover className="popover">
        <ListBox>
          {(option: Option) => (
            <ListBoxItem className="option" id={option.id} textValue={option.id}>
              <span>{option.name}</span>
              {option.hint !== undefined && <span className="muted small">{option.hint}</span>}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
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
