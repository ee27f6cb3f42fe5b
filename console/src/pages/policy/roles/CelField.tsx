import { useEffect, useRef, useState } from "react";
import { part } from "../../../transport/part.ts";
import { TextAreaField } from "../../../ui/fields.tsx";
import { useFormField } from "../../../ui/form.tsx";
import type { CelEditor, Place } from "./celEditor.ts";

interface CelFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** `line 1, column 10: resource has no member x`, as the service says where a condition is wrong. */
function placesOf(problem: string | undefined): readonly Place[] {
  const [, line, column, message] = /line (\d+), column (\d+): (.+)/is.exec(problem ?? "") ?? [];
  return message === undefined ? [] : [{ line: Number(line), column: Number(column), message }];
}

/** A condition in CEL. The editor comes when it is needed; what the service finds wrong is marked at its place, and said below. */
export function CelField({ label, value, onChange }: CelFieldProps) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<CelEditor | null>(null);
  const { onChange: put, problem } = useFormField({ name: "when", value, onChange });
  const changed = useRef(put);
  changed.current = put;
  const first = useRef(value);
  const [isOpen, setOpen] = useState(false);
  const [isMissing, setMissing] = useState(false);
  useEffect(() => {
    let isGone = false;
    part(() => import("./celEditor.ts")).then(
      ({ openCelEditor }) => {
        if (isGone || host.current === null) return;
        editor.current = openCelEditor(host.current, {
          text: first.current,
          label,
          onChange: (text) => changed.current(text),
        });
        setOpen(true);
      },
      () => setMissing(true),
    );
    return () => {
      isGone = true;
      editor.current?.close();
      editor.current = null;
    };
  }, [label]);
  useEffect(() => {
    if (isOpen) editor.current?.setProblems(placesOf(problem));
  }, [problem, isOpen]);
  if (isMissing) return <TextAreaField label={label} name="when" isCode value={value} onChange={onChange} />;
  return (
    <div className="field">
      <span className="policy-label">{label}</span>
      <div ref={host} className="cel-editor" />
      <span className="muted small">
        In CEL, over subject, client, resource, action, scope, purposeOfUse, context and now. Guard what may be missing
        with has(). Empty: always.
      </span>
      <span className="react-aria-FieldError" role="status">
        {problem}
      </span>
    </div>
  );
}
