import { type DragEvent, type ReactNode, useRef, useState } from "react";
import { Button } from "./buttons.tsx";
import { download } from "./download.ts";
import { TextAreaField } from "./fields.tsx";
import { useFormField } from "./form.tsx";
import "./files.css";

/** A file, as its text. */
export interface TextFile {
  readonly name: string;
  readonly text: string;
}

/** Hands a text to the person as a file of this name. */
export const downloadFile = ({ name, text }: TextFile): void => download(name, [text]);

/** Files whose names are there already take the place of the older ones. */
export const withFiles = (old: readonly TextFile[], more: readonly TextFile[]): readonly TextFile[] => [
  ...old.filter(({ name }) => more.every((file) => file.name !== name)),
  ...more,
];

interface FilesFieldProps {
  readonly label: string;
  readonly files: readonly TextFile[];
  readonly onChange: (files: readonly TextFile[]) => void;
  readonly hint?: ReactNode;
  /** What a pasted text is called. */
  readonly pastedName: string;
  /** Whether the texts are seen without a press. */
  readonly showsText?: boolean;
  readonly isRequired?: boolean;
}

/** A file that was taken in: seen and changed as text, and taken away again as it is now. */
function FileRow({
  file: { name, text },
  isShownFirst,
  onChange,
  onLeaveOut,
}: {
  readonly file: TextFile;
  readonly isShownFirst: boolean;
  readonly onChange: (text: string) => void;
  readonly onLeaveOut: () => void;
}) {
  const [isShown, setShown] = useState(isShownFirst);
  return (
    <li>
      <code>{name}</code> <span className="muted small">{text.split("\n").length.toLocaleString("en-US")} lines</span>
      <Button
        look="quiet"
        aria-label={isShown ? `Hide the text of ${name}` : `Show and change ${name}`}
        aria-expanded={isShown}
        onPress={() => setShown(!isShown)}
      >
        {isShown ? "Hide the text" : "Show and change"}
      </Button>
      <Button look="quiet" aria-label={`Download ${name}`} onPress={() => downloadFile({ name, text })}>
        Download
      </Button>
      <Button look="quiet" aria-label={`Leave out ${name}`} onPress={onLeaveOut}>
        Leave out
      </Button>
      {isShown && (
        <div className="files-text">
          <TextAreaField
            label={`The text of ${name}`}
            value={text}
            onChange={onChange}
            rows={Math.min(24, Math.max(10, text.split("\n").length + 1))}
            isCode
          />
        </div>
      )}
    </li>
  );
}

/** Files of text: dropped, chosen, or pasted, and changed as text. They leave the browser only with a question. */
export function FilesField({
  label,
  files,
  hint,
  pastedName,
  showsText = false,
  isRequired = false,
  ...rest
}: FilesFieldProps) {
  const { onChange } = useFormField({ value: files, onChange: rest.onChange });
  const input = useRef<HTMLInputElement>(null);
  const [isMissing, setMissing] = useState(false);
  const [isOver, setOver] = useState(false);
  const [pasted, setPasted] = useState<string | null>(null);
  const take = async (found: FileList | null) => {
    const read = [...(found ?? [])].map(async (file) => ({ name: file.name, text: await file.text() }));
    onChange(withFiles(files, await Promise.all(read)));
  };
  const over = (event: DragEvent, is: boolean) => {
    event.preventDefault();
    setOver(is);
  };
  return (
    <div className="field" data-required={isRequired || undefined}>
      <span className="files-label react-aria-Label">{label}</span>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the button in it does the same */}
      <div
        className={`files-drop ${isOver ? "over" : ""}`}
        onDragOver={(event) => over(event, true)}
        onDragLeave={(event) => over(event, false)}
        onDrop={(event) => {
          over(event, false);
          void take(event.dataTransfer.files);
        }}
      >
        {files.length > 0 && (
          <ul>
            {files.map((file) => (
              <FileRow
                key={file.name}
                file={file}
                isShownFirst={showsText}
                onChange={(text) => onChange(files.map((old) => (old.name === file.name ? { ...old, text } : old)))}
                onLeaveOut={() => onChange(files.filter(({ name }) => name !== file.name))}
              />
            ))}
          </ul>
        )}
        <div className="row">
          <input
            ref={input}
            type="file"
            multiple
            accept=".yaml,.yml"
            aria-label={label}
            className="unseen"
            tabIndex={-1}
            required={isRequired && files.length === 0}
            onInvalid={(event) => {
              event.preventDefault();
              setMissing(true);
            }}
            onChange={(event) => {
              void take(event.target.files).then(() => {
                if (input.current !== null) input.current.value = "";
              });
            }}
          />
          <Button onPress={() => input.current?.click()}>Choose files</Button>
          <Button look="quiet" aria-expanded={pasted !== null} onPress={() => setPasted(pasted === null ? "" : null)}>
            Paste a text
          </Button>
          <span className="muted small">or drop them here</span>
        </div>
        {pasted !== null && (
          <div className="stack">
            <TextAreaField label={`The text of ${pastedName}`} value={pasted} onChange={setPasted} rows={8} isCode />
            <div className="form-end">
              <Button
                onPress={() => {
                  onChange(withFiles(files, [{ name: pastedName, text: pasted }]));
                  setPasted(null);
                }}
                isDisabled={pasted.trim() === ""}
              >
                Take this text
              </Button>
            </div>
          </div>
        )}
      </div>
      {hint !== undefined && <p className="muted small">{hint}</p>}
      {isMissing && files.length === 0 && (
        <span className="react-aria-FieldError" role="alert">
          Choose a file, or paste a text.
        </span>
      )}
    </div>
  );
}
