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
  const { onChange } = useFormField({ name, ...of });
  return [onChange, { isRequired, isDisabled, ...(name !== undefined && { name }) }] as const;
}

/** What is wrong with a field, whoever finds it: the form or the service. */
const Wrong = ({ missing = "Fill this in." }: { readonly missing?: string }) => (
  <FieldError>
    {({ validationDetails, validationErrors }) =>
      validationDetails.valueMissing ? missing : validationErrors.join(" ")
    }
  </FieldError>
);
const Hint = ({ of }: { readonly of: ReactNode }) => of !== undefined && <Text slot="description">{of}</Text>;

/** Around a field whose text is not asked yet: what stands on the page is no answer to it, and is seen to be none. */
export const Unsent = ({ is, children }: { readonly is: boolean; readonly children: ReactNode }) => (
  <div className={is ? "unsent" : "sent"}>{children}</div>
);

interface TextFieldProps extends FieldProps {
  readonly type?: "text" | "password" | "datetime-local" | "date" | "number" | "url";
  readonly placeholder?: string;
  /** Ids, CEL and the like. */
  readonly isCode?: boolean;
  readonly onEnter?: () => void;
  /** It is left. */
  readonly onBlur?: () => void;
  /** Several lines of text, so many of them at first. */
  readonly rows?: number;
}

/** A line of text. Times are of the kind datetime-local; `isoOf` makes of them what the service takes. */
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
      <Wrong />
    </AriaTextField>
  );
}

/** Some lines of text. */
export const TextAreaField = (props: TextFieldProps) => <TextField rows={3} {...props} />;

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
  hint,
  placeholder,
  autoFocus = false,
  ...rest
}: PickerProps) {
  const [text, setText] = useState(value);
  const [options, setOptions] = useState<readonly Option[]>([]);
  const [put, field] = useField({ ...rest, value: text, onChange: setText });
  const chosen = useRef(value);
  useEffect(() => {
    chosen.current = value;
    setText(value);
  }, [value]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `search` is made anew each time
  useEffect(() => {
    // What was chosen is not looked for again: a search may be an act on record.
    if (text !== "" && text === chosen.current) return;
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
      className={`field ${text.trim() === value ? "" : "typing"}`}
      allowsCustomValue
      allowsEmptyCollection={false}
      menuTrigger="focus"
      inputValue={text}
      items={options}
      onInputChange={put}
      onSelectionChange={(key) => {
        if (key === null) return;
        chosen.current = String(key);
        onChange(chosen.current);
      }}
      {...field}
      onBlur={() => {
        if (text.trim() === value) setText(value);
        else onChange(text.trim());
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
            const { currentTarget: input, key } = event;
            if (key === "Enter" && input.getAttribute("aria-activedescendant") === null) onChange(text.trim());
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
      <Wrong />
      <Popover className="popover">
        <ListBox>
          {(option: Option) => (
            <ListBoxItem className="option" id={option.id} textValue={option.id}>
              <bdi>{option.name}</bdi>
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
