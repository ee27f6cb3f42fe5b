import { Dialog } from "../ui/dialog.tsx";
import { Key, useBoundKeys } from "../ui/keys.tsx";

/** What may be pressed on this page. */
export function KeyList({ onClose }: { readonly onClose: () => void }) {
  const keys = useBoundKeys();
  return (
    <Dialog title="Keys on this page" isOpen onClose={onClose}>
      <dl className="facts">
        {[{ key: "Ctrl K", words: "Find anything" }, ...keys].map(({ key, words }) => (
          <div key={key}>
            <dt>
              <Key of={key} />
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
