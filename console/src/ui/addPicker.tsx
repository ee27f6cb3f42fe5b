import { useEffect, useState } from "react";
import { PickerField, type PickerProps } from "./fields.tsx";

interface AddPickerProps extends Omit<PickerProps, "value" | "onChange"> {
  readonly onPick: (id: string) => void;
}

/** Picks one after the other: each goes to what is made of them, and the field is empty for the next. */
export function AddPicker({ onPick, ...rest }: AddPickerProps) {
  const [picked, setPicked] = useState("");
  useEffect(() => {
    if (picked !== "") setPicked("");
  }, [picked]);
  return (
    <PickerField
      {...rest}
      value={picked}
      onChange={(id) => {
        setPicked(id);
        if (id !== "") onPick(id);
      }}
    />
  );
}
