import { AddPicker } from "../../ui/addPicker.tsx";
import { Button } from "../../ui/buttons.tsx";
import { scopeOptions } from "./deskOptions.ts";

/** Some scopes, picked by name one after the other. */
export function ScopesField({
  scopes,
  onScopes,
}: {
  readonly scopes: readonly string[];
  readonly onScopes: (scopes: readonly string[]) => void;
}) {
  return (
    <div className="stack tight">
      <AddPicker
        label={scopes.length === 0 ? "Scope" : "Another scope"}
        name="scopes"
        isRequired={scopes.length === 0}
        search={scopeOptions}
        placeholder="By name or title"
        onPick={(scope) => {
          if (!scopes.includes(scope)) onScopes([...scopes, scope]);
        }}
      />
      {scopes.length > 0 && (
        <ul className="patients-scopes" aria-label="Scopes that are meant">
          {scopes.map((scope) => (
            <li key={scope}>
              <code>{scope}</code>
              <Button
                look="quiet"
                aria-label={`Without ${scope}`}
                onPress={() => onScopes(scopes.filter((each) => each !== scope))}
              >
                <span aria-hidden="true">✕</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
